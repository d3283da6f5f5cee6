"""Tasks that raise, hang, give back what cannot be kept, or fail by the thousand: each has its state and its words."""

import asyncio
import time

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.execution import Usage
from groundplan.domain.task import DependencyKind, RetryPolicy, TaskDependency
from groundplan.execution.protocols import InDoubtError, Produced, Reconciled, ReconcileVerdict
from groundplan.execution.work import WorkLimits
from tests.plan_factories import task
from tests.scheduled_runs import ByTask, Doing, ScheduledRun

NO_WAIT = RetryPolicy(attempts=3, backoff_seconds=0)


def raising(error):
    def fail(call):
        raise error

    return fail


class Unspeakable(Exception):
    """An error that cannot even say what it is."""

    def __str__(self):
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("policy", "ending", "after"),
    [("abort", "failed", "pending"), ("replan", "replan", "pending"), ("continue", "failed", "completed")],
)
async def test_the_policy_says_what_a_failure_means(policy, ending, after):
    executors = ByTask(bad=Doing(raising(OSError("broke"))))
    run = ScheduledRun(task("bad"), task("later"), executors=executors, policy=policy, at_once=1)
    assert await run.run() == ending
    assert (await run.statuses()).get("later", "pending") == after
    assert "bad" in run.scheduler.stopped_by


async def test_what_runs_is_let_finish_when_another_task_ends_the_plan():
    release = asyncio.Event()

    async def slow(call):
        await release.wait()
        return "done"

    def fail(call):
        release.set()
        raise OSError

    run = ScheduledRun(task("slow"), task("bad"), task("next", "slow"), policy="abort",
                       executors=ByTask(slow=Doing(slow), bad=Doing(fail)))  # fmt: skip
    assert await run.run() == "failed"
    assert await run.statuses() == {"slow": "completed", "bad": "failed"}


@pytest.mark.parametrize("policy", ["abort", "replan"])
async def test_a_failure_that_somebody_handles_does_not_end_the_plan(policy):
    handler = TaskDependency(task_id="bad", kind=DependencyKind.CONDITIONAL, condition="status == 'failed'")
    run = ScheduledRun(task("bad"), task("mend", handler), policy=policy,
                       executors=ByTask(bad=Doing(raising(OSError()))))  # fmt: skip
    assert await run.run() == "completed"
    assert await run.statuses() == {"bad": "failed", "mend": "completed"}


@pytest.mark.parametrize("policy", ["abort", "replan"])
async def test_an_optional_failure_skips_what_needed_it(policy):
    run = ScheduledRun(task("bad", optional=True), task("needs", "bad"), task("other"), policy=policy,
                       executors=ByTask(bad=Doing(raising(OSError()))))  # fmt: skip
    assert await run.run() == "completed"
    assert await run.statuses() == {"bad": "failed", "needs": "skipped", "other": "completed"}


async def test_a_handler_whose_condition_cannot_be_decided_handles_nothing():
    handler = TaskDependency(task_id="bad", kind=DependencyKind.CONDITIONAL, condition="status ==")
    run = ScheduledRun(task("bad"), task("mend", handler), policy="abort",
                       executors=ByTask(bad=Doing(raising(OSError()))))  # fmt: skip
    assert await run.run() == "failed"


@pytest.mark.large
@pytest.mark.parametrize("policy", ["abort", "continue", "replan"])
async def test_a_thousand_tasks_that_fail_at_once_end_in_a_clear_state(policy):
    gate = asyncio.Event()

    async def fail(call):
        if len(doing.begun) == 1000:
            gate.set()
        await gate.wait()
        raise OSError(f"{call.task.task_id} broke")

    doing = Doing(fail)
    tasks = [task(f"t{number}") for number in range(1000)]
    run = ScheduledRun(*tasks, task("end", "t0"), executors=doing, policy=policy, at_once=1000)
    began = time.process_time()
    assert await run.run() == ("replan" if policy == "replan" else "failed")
    statuses = await run.statuses()
    assert sum(status == "failed" for status in statuses.values()) == 1000
    assert statuses.get("end", "pending") == ("blocked" if policy == "continue" else "pending")
    assert time.process_time() - began < 5.0


async def test_an_attempt_is_repeated_under_the_same_key():
    keys = []

    def fail_twice(call):
        keys.append((call.attempt, call.idempotency_key))
        if len(keys) < 3:
            raise OSError("not yet")

    run = ScheduledRun(task("a", retry_policy=NO_WAIT), executors=Doing(fail_twice))
    assert await run.run() == "completed"
    assert [attempt for attempt, _ in keys] == [1, 2, 3]
    assert len({key for _, key in keys}) == 1


async def test_a_mistake_is_not_repeated():
    doing = Doing(raising(TypeError("wrong argument")))
    run = ScheduledRun(task("a", retry_policy=NO_WAIT), executors=doing)
    assert await run.run() == "failed"
    assert doing.begun == {"a": 1}


@pytest.mark.parametrize(
    "error", [Unspeakable(), OSError("nul \x00, half a pair \ud800"), OSError("long" * 100_000)],
    ids=["unspeakable", "unstorable", "long"],
)  # fmt: skip
async def test_whatever_an_error_says_it_fails_its_task_alone(error):
    run = ScheduledRun(task("bad"), task("other"), executors=ByTask(bad=Doing(raising(error))))
    assert await run.run() == "failed"
    states = await run.states()
    assert (states["bad"].status.value, states["other"].status.value) == ("failed", "completed")
    told = states["bad"].error["message"]
    assert "\x00" not in told and len(told) < 3_000
    told.encode()


async def test_details_that_are_no_json_are_kept_as_text():
    error = PlanningError(ErrorCode.TASK_FAILED, "odd", details={"thing": object(), "n": 1})
    run = ScheduledRun(task("bad"), executors=Doing(raising(error)))
    await run.run()
    kept = (await run.states())["bad"].error["details"]
    assert kept["n"] == 1 and "object" in kept["thing"]


def endless():
    nested = []
    for _ in range(2000):
        nested = [nested]
    return nested


@pytest.mark.parametrize(
    ("output", "code"),
    [
        (object(), "E5210"), ({"nul": "a\x00b"}, "E5210"), ("half a pair \ud800", "E5210"), (endless(), "E5210"),
        (b"\xff", "E5210"), (float("nan"), "E5210"), ("x" * 50_000_000, "E5211"),
    ],
    ids=["object", "nul", "surrogate", "deep", "bytes", "nan", "50 MB"],
)  # fmt: skip
async def test_an_output_that_cannot_be_kept_fails_its_task_alone(output, code):
    """An executor of somebody else's, which has not looked at its output itself."""
    executors = ByTask(bad=Doing(lambda call: output))
    run = ScheduledRun(task("bad", retry_policy=NO_WAIT), task("other"), executors=executors)
    assert await run.run() == "failed"
    states = await run.states()
    assert (states["bad"].error["code"], states["bad"].claims) == (code, 1)
    assert states["other"].status.value == "completed"


async def test_a_record_that_cannot_be_kept_fails_its_task_alone():
    run = ScheduledRun(task("bad"), executors=Doing(lambda call: Produced(output=1, record={"prompt": "\x00"})))
    assert await run.run() == "failed"
    assert (await run.states())["bad"].error["code"] == "E5210"


@pytest.mark.parametrize("fields", [{"tokens": 2**31}, {"cost": float("inf")}, {"cost": float("nan")}, {"tokens": -1}])
def test_a_usage_that_no_ledger_can_hold_is_refused_where_it_is_told(fields):
    with pytest.raises(ValueError, match="validation error"):
        Usage(**fields)


@pytest.mark.parametrize("error", [asyncio.CancelledError(), SystemExit(3)], ids=["cancels itself", "exits"])
async def test_a_tool_that_cancels_itself_or_exits_takes_nobody_with_it(error):
    run = ScheduledRun(task("bad"), task("other"), executors=ByTask(bad=Doing(raising(error), idempotent=True)))
    assert await asyncio.wait_for(run.run(), 5) == "failed"
    assert await run.statuses() == {"bad": "failed", "other": "completed"}


async def test_a_task_that_takes_too_long_is_cancelled_for_real():
    ended = []

    async def hang(call):
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append(call.task.task_id)

    run = ScheduledRun(task("slow", timeout_seconds=0.01), executors=Doing(hang, idempotent=True))
    assert await run.run() == "failed"
    assert (await run.states())["slow"].error["code"] == "E5206"
    assert ended == ["slow"]


async def test_an_effect_cut_off_by_its_time_is_in_doubt_unless_it_may_be_repeated():
    run = ScheduledRun(task("slow", timeout_seconds=0.01), executors=Doing(lambda call: asyncio.sleep(3600)))
    assert await run.run() == "waiting"
    state = (await run.states())["slow"]
    assert (state.status.value, state.error["code"]) == ("in_doubt", "E5206")


@pytest.mark.parametrize(
    ("verdict", "ending", "status"),
    [("done", "completed", "completed"), ("not_done", "failed", "failed"), ("unknown", "waiting", "in_doubt")],
)
async def test_a_tool_that_can_be_asked_is_asked_what_became_of_what_was_cut_off(verdict, ending, status):
    async def reconcile(call):
        return Reconciled(verdict=ReconcileVerdict(verdict), output={"found": True})

    slow = Doing(lambda call: asyncio.sleep(3600), reconcile=reconcile)
    run = ScheduledRun(task("slow", timeout_seconds=0.01), executors=slow)
    assert await run.run() == ending
    state = (await run.states())["slow"]
    assert (state.status.value, state.output) == (status, {"found": True} if verdict == "done" else None)


async def test_a_task_that_ignores_being_cancelled_is_left_behind_in_doubt():
    release = asyncio.Event()

    async def deaf(call):
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    run = ScheduledRun(task("deaf", timeout_seconds=0.01), task("other"), executors=ByTask(deaf=Doing(deaf)))
    assert await asyncio.wait_for(run.run(), 5) == "waiting"
    assert await run.statuses() == {"deaf": "in_doubt", "other": "completed"}
    assert "still be running" in (await run.states())["deaf"].error["message"]
    release.set()
    await asyncio.sleep(0.01)
    assert [kind for _, _, kind in await run.story()].count("completed") == 1  # its late end changes nothing


async def test_a_tool_that_does_not_know_puts_its_task_in_doubt():
    run = ScheduledRun(task("a"), task("b", "a"), task("c"),
                       executors=ByTask(a=Doing(raising(InDoubtError("the line went dead")))))  # fmt: skip
    assert await run.run() == "waiting"
    assert await run.statuses() == {"a": "in_doubt", "c": "completed"}


async def test_progress_is_told_once_a_second_whatever_a_tool_reports():
    def report(call):
        call.report(0.5, "nul \x00 half \ud800" * 100)
        call.report(float("nan"), "")
        return asyncio.sleep(0)

    run = ScheduledRun(task("a"), executors=Doing(report))
    assert await run.run() == "completed"
    told = [event.data for event in await run.plans.read_events() if event.type == "task.progress"]
    assert len(told) == 1
    assert told[0]["percent"] == 50.0 and len(told[0]["note"]) <= 200
    assert "\x00" not in told[0]["note"]
    told[0]["note"].encode()


async def test_a_tool_that_takes_its_time_to_say_what_became_of_an_effect_is_waited_for():
    async def reconcile(call):
        await asyncio.sleep(0.15)  # longer than the grace for an effect to end
        return Reconciled(verdict=ReconcileVerdict.DONE, output="found")

    slow = Doing(lambda call: asyncio.sleep(3600), reconcile=reconcile)
    limits = WorkLimits(grace=0.05, reconcile=5.0)
    run = ScheduledRun(task("slow", timeout_seconds=0.01), executors=slow, limits=limits)
    assert await run.run() == "completed"
