"""A version that is made while its plan is run counts what is left: for its deadline, its schedule and its baseline."""

from datetime import UTC, datetime, timedelta

import pytest

from groundplan import ExecutionPlan, ExecutorRegistry, Goal, GoalConstraints, PlanningService, Task, TaskDependency
from groundplan.domain.patch import PlanPatch
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from groundplan.execution.executors.declare import declare
from groundplan.run_state import Proposal
from groundplan.service import Settings
from groundplan.testing import memory_resources

NAMES = ("gather", "write", "print")
MINUTES = {"gather": 60, "write": 30, "print": 5}


class Clock:
    def __init__(self):
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self):
        return self.now


class TriesAgain:
    """A replanner that does what has failed once more, as it was."""

    async def propose(self, setback, context):
        failed = [name for name, state in setback.states.items() if state.status == "failed"]
        change = {name: {"description": f"Once more, after version {setback.plan.version}"} for name in failed}
        return Proposal(patch=PlanPatch(change=change or {"print": {"description": "Anew"}}), why="again", by="test")


class Works:
    """Tools that take their minutes on the test's clock, and fail as often as they are told to."""

    def __init__(self, clock, **fails):
        self.clock, self.fails, self.took = clock, dict(fails), dict(MINUTES)

    def registry(self):
        return ExecutorRegistry(callables={f"work.{name}": declare(self.tool(name), idempotent=True) for name in NAMES})

    def tool(self, name):
        async def work():
            self.clock.now += timedelta(minutes=self.took[name])
            if self.fails.get(name):
                self.fails[name] -= 1
                raise ValueError("not this time")

        return work


@pytest.fixture
def clock():
    return Clock()


def tasks():
    before = [[], ["gather"], ["write"]]
    return [
        Task(
            task_id=name,
            name=f"Do {name}",
            tool=f"work.{name}",
            dependencies=[TaskDependency(task_id=other) for other in waits],
            resource_estimate=ResourceEstimate(duration=ThreePoint(*[60.0 * MINUTES[name]] * 3)),
        )
        for name, waits in zip(NAMES, before, strict=True)
    ]


def opened(clock, works, **settings):
    return PlanningService(
        resources=memory_resources(),
        executors=works.registry(),
        clock=clock,
        replanner=TriesAgain(),
        settings=Settings.load(**settings),
    )


async def stored(service, clock, **limits):
    constraints = GoalConstraints(deadline=clock() + timedelta(**limits)) if limits else GoalConstraints()
    goal = Goal(goal_text="1. Gather the data 2. Write the draft 3. Print it", constraints=constraints)
    first = await service.create_plan(goal)
    given = ExecutionPlan(goal_id=first.goal_id, goal_text=first.goal_text, tasks=tasks())
    return (await service.store_plan(given)).plan_id


async def test_what_is_done_does_not_count_against_the_deadline_again(clock):
    async with opened(clock, Works(clock, write=1)) as service:
        plan_id = await stored(service, clock, minutes=130)
        assert (await service.execute_plan(plan_id)).status == "completed"
        schedule = (await service.get_plan(plan_id)).schedule
        assert (schedule.makespan, schedule.windows["gather"].earliest_finish) == (35 * 60, 0)
        assert schedule.deadline_slack == 40 * 60 - schedule.finish
        again = await service.schedule_plan(plan_id)
        assert (again.makespan, again.deadline_slack) == (schedule.makespan, schedule.deadline_slack)


async def test_a_run_that_will_be_late_is_replanned_with_a_warning_and_by_a_persons_leave(clock):
    async with opened(clock, Works(clock, write=1)) as service:
        plan_id = await stored(service, clock, minutes=115)
        assert (await service.execute_plan(plan_id)).status == "awaiting_approval"
        plan = await service.get_plan(plan_id)
        [warning] = [text for text in plan.metadata.warnings if "deadline" in text]
        assert "'Do write' needs at least 30 min" in warning and "gather" not in warning
        await service.approve_plan(plan_id, by="ada", why="better late")
        assert (await service.resume(plan_id)).status == "completed"


async def test_so_it_is_after_a_run_that_has_failed(clock):
    async with opened(clock, Works(clock, write=1)) as service:
        plan_id = await stored(service, clock, minutes=130)
        assert (await service.execute_plan(plan_id, policy="continue")).status == "failed"
        made = (await service.replan(plan_id, by="ada")).plan
        assert (made.version, made.schedule.makespan) == (2, 35 * 60)
        for simulation in (await service.simulate(plan_id), (await service.report(plan_id)).simulation):
            assert (simulation.finish.mean, simulation.probability_of_deadline) == (35 * 60, 1)
        assert (await service.execute_plan(plan_id)).status == "completed"


async def looked_at(service, plan_id):
    return (await service.monitor_plan(plan_id)).progress


async def test_a_next_version_is_planned_from_when_the_run_goes_on_with_it(clock):
    works = Works(clock, write=1)
    works.took["gather"] = 180
    async with opened(clock, works, enable_continuous_replanning=False) as service:
        plan_id = await stored(service, clock)
        begun = clock()
        assert (await service.execute_plan(plan_id)).status == "completed"
        progress = await looked_at(service, plan_id)
        assert progress.planned_finish == begun + timedelta(minutes=180 + 30 + 35) == clock()
        assert (progress.spi, progress.trouble) == (1, [])
        planned = [(progress.task(name).planned_start, progress.task(name).planned_finish) for name in NAMES]
        ends = [begun + timedelta(minutes=minutes) for minutes in (0, 180, 210, 240, 245)]
        assert planned == [(ends[0], ends[1]), (ends[2], ends[3]), (ends[3], ends[4])]


async def test_what_a_second_run_takes_over_was_to_be_done_at_its_start(clock):
    works = Works(clock, write=1)
    async with opened(clock, works) as service:
        plan_id = await stored(service, clock)
        await service.execute_plan(plan_id, policy="continue")
        clock.now += timedelta(days=1)
        await service.replan(plan_id, by="ada")
        begun = clock()
        assert (await service.execute_plan(plan_id)).status == "completed"
        progress = await looked_at(service, plan_id)
        assert (progress.started_at, progress.planned_finish) == (begun, begun + timedelta(minutes=35))
        assert (progress.spi, progress.task("gather").planned_finish) == (1, begun)


async def test_when_a_version_was_begun_is_read_anew(clock):
    async with opened(clock, Works(clock)) as service:
        plan_id, plans, begun = await stored(service, clock), service.run_context.plans, clock()
        assert (await plans.latest(plan_id)).execution_started_at is None
        await service.execute_plan(plan_id)
        assert (await plans.read(plan_id, 1)).execution_started_at == begun
