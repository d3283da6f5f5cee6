"""What the scheduler starts, and when; nothing here fails."""

import asyncio
from collections import defaultdict

import pytest
from hypothesis import given

from groundplan.domain.resources import ResourceEstimate
from groundplan.domain.task import Compensation, DependencyKind, TaskDependency
from tests.plan_factories import chains_and_joins, task
from tests.scheduled_runs import ByTask, Doing, ScheduledRun


def when(other, condition):
    return TaskDependency(task_id=other, kind=DependencyKind.CONDITIONAL, condition=condition)


async def test_a_plan_without_trouble_completes():
    run = ScheduledRun(task("a"), task("b", "a"))
    assert await run.run() == "completed"
    assert await run.story() == [
        ("a", 1, "claimed"), ("a", 1, "completed"), ("b", 1, "claimed"), ("b", 1, "completed"),
    ]  # fmt: skip


@given(tasks=chains_and_joins())
async def test_every_task_runs_once_and_after_what_it_waits_for(tasks):
    order = []
    run = ScheduledRun(*tasks, executors=Doing(lambda call: order.append(call.task.task_id)))
    assert await run.run() == "completed"
    assert sorted(order) == sorted(known.task_id for known in tasks)
    place = {task_id: number for number, task_id in enumerate(order)}
    assert all(place[other] < place[known.task_id] for known in tasks for other in known.predecessors)


@given(tasks=chains_and_joins())
async def test_a_claim_is_in_the_ledger_before_its_effect_and_the_outcome_after_it(tasks):
    seen = defaultdict(list)

    async def look(call):
        seen[call.task.task_id] = [entry.kind.value for entry in await run.runs.read_ledger("r1")
                                   if entry.task_id == call.task.task_id]  # fmt: skip

    run = ScheduledRun(*tasks, executors=Doing(look))
    await run.run()
    assert set(map(tuple, seen.values())) == {("claimed",)}


async def test_no_more_run_at_once_than_allowed():
    running, most = 0, 0

    async def count(call):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    run = ScheduledRun(*(task(f"t{number}") for number in range(20)), executors=Doing(count), at_once=3)
    await run.run()
    assert most == 3


async def test_the_longest_remaining_path_goes_first():
    order = []
    slow = ResourceEstimate(duration=(9, 9, 9))
    tasks = [task("short"), task("long"), task("after", "long", resource_estimate=slow)]
    run = ScheduledRun(*tasks, executors=Doing(lambda call: order.append(call.task.task_id)), at_once=1)
    await run.run()
    assert order == ["long", "after", "short"]


async def test_a_task_begins_when_its_own_waits_are_over_not_its_neighbours():
    release = asyncio.Event()
    executors = ByTask(slow=Doing(lambda call: release.wait()), after=Doing(lambda call: release.set()))
    run = ScheduledRun(task("slow"), task("quick"), task("after", "quick"), executors=executors)
    assert await asyncio.wait_for(run.run(), 5) == "completed"


@pytest.mark.parametrize(
    ("condition", "status"),
    [("output.n > 1", "completed"), ("output.n > 5", "skipped"), ("status == 'failed'", "skipped")],
)
async def test_a_conditional_dependency_decides_over_the_outcome(condition, status):
    run = ScheduledRun(task("a"), task("b", when("a", condition)), executors=Doing(lambda call: {"n": 3}))
    assert await run.run() == "completed"
    assert (await run.statuses())["b"] == status


async def test_skips_travel_on_and_the_plan_completes():
    run = ScheduledRun(task("a"), task("b", when("a", "false")), task("c", "b"), task("d", "c"), task("e", "a"))
    assert await run.run() == "completed"
    assert await run.statuses() == {
        "a": "completed", "b": "skipped", "c": "skipped", "d": "skipped", "e": "completed",
    }  # fmt: skip


async def test_a_tasks_own_condition_reads_any_earlier_outcome():
    run = ScheduledRun(
        task("a"), task("b", "a"), task("c", "b", condition="tasks.a.output.n == 3"),
        executors=Doing(lambda call: {"n": 3}),
    )  # fmt: skip
    assert await run.run() == "completed"
    assert (await run.statuses())["c"] == "completed"


@pytest.mark.parametrize("condition", ["output.", "output.none > 3", "1 + 1", "nobody == 2"])
async def test_a_condition_that_cannot_be_decided_blocks_its_task_alone(condition):
    run = ScheduledRun(task("a"), task("b", when("a", condition)), task("c", "b"), task("d", "a"))
    assert await run.run() == "failed"
    assert await run.statuses() == {"a": "completed", "b": "blocked", "c": "blocked", "d": "completed"}
    assert "'b'" in run.scheduler.stopped_by
    [why] = [entry.record["why"] for entry in await run.runs.read_ledger("r1") if entry.task_id == "b"]
    assert "cannot be decided" in why


async def test_outputs_are_bound_into_inputs():
    given_to = {}

    def look(call):
        given_to[call.task.task_id] = dict(call.inputs)
        return {"n": 3}

    run = ScheduledRun(
        task("a"),
        task("b", "a", inputs={"n": "${a.output.n}", "text": "it is ${a.output.n}"}),
        executors=Doing(look),
    )
    assert await run.run() == "completed"
    assert given_to["b"] == {"n": 3, "text": "it is 3"}


async def test_an_output_that_is_missing_fails_the_task_that_needs_it_with_a_word():
    run = ScheduledRun(task("a"), task("b", "a", inputs={"n": "${a.output.gone}"}), task("c", "a"))
    assert await run.run() == "failed"
    states = await run.states()
    assert (states["b"].status.value, states["b"].error["code"], states["b"].claims) == ("failed", "E5400", 0)
    assert states["c"].status.value == "completed"


@pytest.mark.large
async def test_a_thousand_tasks_are_run_with_two_lines_each():
    run = ScheduledRun(*(task(f"t{number}") for number in range(1000)), at_once=100)
    assert await run.run() == "completed"
    assert len(await run.story()) == 2000


async def test_a_finished_run_that_is_gone_on_with_does_nothing():
    doing = Doing()
    run = ScheduledRun(task("a"), task("b", "a"), executors=doing)
    assert [await run.run(), await run.run()] == ["completed", "completed"]
    assert doing.begun == {"a": 1, "b": 1}


async def test_a_task_that_nobody_can_run_is_an_error_never_a_success():
    class Nobody:
        def executor_for(self, task):
            return None

    run = ScheduledRun(task("a", compensation=Compensation(description="undo")), executors=Nobody())
    assert await run.run() == "failed"
    state = (await run.states())["a"]
    assert (state.error["code"], state.claims) == ("E5201", 0)
