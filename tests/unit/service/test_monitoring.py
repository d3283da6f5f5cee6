"""Progress and monitoring through the service, on stores in memory and a clock of the test's."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import pytest

from groundplan import ErrorCode, ExecutionPlan, ExecutorRegistry, PlanningError, PlanningService, Task, TaskDependency
from groundplan.domain.agents import AgentCapability
from groundplan.domain.events import Event, EventType
from groundplan.domain.feedback import Actuals, Feedback
from groundplan.domain.patch import PlanPatch
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from groundplan.execution.agent_registry import AgentRegistry
from groundplan.execution.outside import OutsideWork
from groundplan.run_state import Proposal
from groundplan.service import Settings
from groundplan.testing import memory_resources

ALL = ["schedule", "cost", "risk", "drift"]
"""What fires of a plan that is far behind."""


class Clock:
    def __init__(self):
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self):
        return self.now

    def go(self, seconds):
        self.now += timedelta(seconds=seconds)


class Renames:
    """A replanner that gives the last task another name, and counts how often it was asked."""

    def __init__(self):
        self.asked = []

    async def propose(self, setback, context):
        self.asked.append(setback.asked)
        last = setback.plan.tasks[-1].task_id
        return Proposal(patch=PlanPatch(change={last: {"name": f"Way {len(self.asked)}"}}), why="late", by="test")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(OutsideWork.__init__, "__defaults__", (0.002,))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def replanner():
    return Renames()


def opened(clock, replanner, agents=(), resources=None, **settings):
    return PlanningService(
        resources=resources or memory_resources(),
        executors=ExecutorRegistry(),
        clock=clock,
        replanner=replanner,
        agents=agents,
        settings=Settings.load(**settings),
    )


@pytest.fixture
async def service(clock, replanner):
    async with opened(clock, replanner) as found:
        yield found


def lasting(seconds, cost=0.0):
    return ResourceEstimate(duration=ThreePoint(seconds, seconds, seconds), cost=ThreePoint(cost, cost, cost))


def outside(task_id, *after, seconds=1000, **fields):
    waits = [TaskDependency(task_id=other) for other in after]
    known = {"category": "external", "resource_estimate": lasting(seconds)}
    return Task(task_id=task_id, name=f"Do {task_id}", dependencies=waits, **(known | fields))


class Begun:
    """A plan of two outside tasks, one after the other, that is being run."""

    def __init__(self, service, plan_id, running):
        self.service, self.plan_id, self.running = service, plan_id, running

    async def until(self, task_id, status="executing"):
        async with asyncio.timeout(5):
            while (await self.service.get_progress(self.plan_id)).task(task_id).status != status:  # noqa: ASYNC110
                await asyncio.sleep(0.002)

    async def says(self, task_id, status=None, **said):
        await self.service.update_plan(self.plan_id, Feedback(task_id=task_id, status=status, **said))

    async def look(self):
        return await self.service.monitor_plan(self.plan_id)

    async def told(self, kind):
        events = [event async for event in self.service.stream(self.plan_id, follow=False)]
        return [event.data for event in events if event.type == kind]

    async def end(self):
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)


async def begin(service, *tasks, **options):
    plan = await service.store_plan(ExecutionPlan(tasks=list(tasks or (outside("t1"), outside("t2", "t1")))))
    running = asyncio.create_task(service.execute_plan(plan.plan_id, **options))
    begun = Begun(service, plan.plan_id, running)
    await begun.until(plan.tasks[0].task_id)
    return begun


@pytest.fixture
async def begun(service):
    found = await begin(service)
    yield found
    await found.end()


async def test_progress_comes_from_the_ledger_and_from_what_is_told(begun, clock):
    clock.go(800)
    await begun.says("t1", percent=60, actuals=Actuals(duration_seconds=700, tokens=5))
    seen = await begun.service.get_progress(begun.plan_id)
    one = seen.task("t1")
    assert (one.status, one.percent, one.seconds, one.tokens) == ("executing", 60, 700, 5)
    value = seen.earned_value
    assert (value.unit, value.bac, value.pv, value.ev, value.ac) == ("seconds", 2000, 800, 600, 700)
    assert (seen.spi, seen.run_id) == (0.75, (await begun.service.get_run(begun.plan_id)).run_id)


async def test_one_task_can_be_asked_for(begun):
    assert (await begun.service.get_task_progress(begun.plan_id, "t2")).planned_seconds == 1000
    with pytest.raises(PlanningError) as raised:
        await begun.service.get_task_progress(begun.plan_id, "nope")
    assert raised.value.code is ErrorCode.NOT_IN_PLAN


async def test_a_plan_that_was_never_run_has_progress_but_nothing_to_watch(service):
    plan = await service.store_plan(ExecutionPlan(tasks=[outside("t1"), outside("t2", "t1")]))
    await service.update_plan(plan.plan_id, Feedback(task_id="t1", percent=40))
    seen = await service.get_progress(plan.plan_id)
    assert (seen.task("t1").percent, seen.percent, seen.spi) == (40, 20, None)
    with pytest.raises(PlanningError) as raised:
        await service.monitor_plan(plan.plan_id)
    assert raised.value.code is ErrorCode.GOAL_NOT_FOUND


async def test_feedback_on_a_finished_task_changes_nothing_of_it(begun, clock):
    clock.go(900)
    await begun.says("t1", "completed", output={})
    await begun.until("t2")
    await begun.says("t1", percent=10)
    assert (await begun.service.get_progress(begun.plan_id)).task("t1").percent == 100


async def test_trouble_opens_one_issue_however_often_it_is_looked_at(begun, clock):
    clock.go(2500)
    first, second = await begun.look(), await begun.look()
    assert {issue.issue_id.split("-")[0] for issue in first.issues} == {"late", "stuck"}
    assert second.issues == []
    issues = await begun.service.list_issues(begun.plan_id)
    assert {(issue.task_id, issue.opened_by) for issue in issues} == {("t1", "monitor"), (None, "monitor")}
    assert len(await begun.told("issue.opened")) == len(issues) == 3


async def test_an_issue_that_stays_open_is_escalated_and_waits_for_a_person(begun, clock):
    clock.go(2500)
    await begun.look()
    clock.go(3601)
    look = await begun.look()
    assert {issue.status.value for issue in look.issues} == {"escalated"}
    waiting = (await begun.service.attend()).issues
    assert {issue.issue_id for issue in waiting} == {issue.issue_id for issue in look.issues}
    await begun.service.update_plan(
        begun.plan_id, Feedback(issues=[{"issue_id": waiting[0].issue_id, "status": "closed"}], by="ada")
    )
    assert len((await begun.service.attend()).issues) == len(waiting) - 1
    assert (await begun.look()).issues == []
    assert len(await begun.told("issue.escalated")) == 3


async def test_what_is_over_closes_its_issue(begun, clock):
    clock.go(2500)
    await begun.look()
    await begun.says("t1", "completed", output={})
    await begun.until("t2")
    look = await begun.look()
    assert {(issue.task_id, issue.status.value) for issue in look.issues} == {("t1", "closed"), ("t2", "open")}


async def test_two_who_look_at_once_tell_it_once(begun, clock):
    clock.go(2500)
    await asyncio.gather(*(begun.look() for _ in range(4)))
    assert len(await begun.told("issue.opened")) == 3


async def test_an_index_below_its_threshold_replans_once(begun, clock, replanner):
    clock.go(3601)
    look = await begun.look()
    assert (look.asked, [gauge.trigger.value for gauge in look.reading.fires]) == (True, ALL)
    await begun.says("t1", "completed", output={})
    await begun.until("t2")
    assert [asked["by"] for asked in replanner.asked] == ["monitor"]
    assert "SPI is 0.45, below 0.8" in replanner.asked[0]["why"]
    assert (await begun.service.get_plan(begun.plan_id)).task("t2").name == "Way 1"
    again = await begun.look()
    assert (again.asked, again.reading.fires) == (False, ())
    assert [told["trigger"] for told in await begun.told("plan.drifted")] == ALL


async def test_nothing_is_asked_before_the_interval_is_over(begun, clock):
    clock.go(3599)
    assert not (await begun.look()).reading.fires


async def test_a_trigger_that_has_fired_is_remembered_by_whoever_resumes(clock, replanner):
    resources = memory_resources()
    async with opened(clock, replanner, resources=resources, enable_continuous_replanning=False) as service:
        begun = await begin(service)
        clock.go(3601)
        assert len((await begun.look()).reading.fires) == len(ALL)
        await begun.end()
    async with opened(clock, replanner, resources=resources) as service:
        clock.go(3601)
        fires = (await service.monitor_plan(begun.plan_id)).reading.fires
    assert [gauge.trigger.value for gauge in fires] == ["drift"]


async def test_a_silent_task_stops_nothing_that_does_not_wait_for_it(service, clock, replanner):
    begun = await begin(service, outside("silent"), outside("a"), outside("b", "a"), outside("c", "b"))
    await begun.until("a")
    clock.go(3601)
    assert (await begun.look()).asked
    for step, following in itertools.pairwise(("a", "b", "c")):
        await begun.says(step, "completed", output={})
        await begun.until(following)
    assert replanner.asked == []
    await begun.says("silent", "completed", output={})
    await begun.until("silent", "completed")
    assert (await begun.service.get_progress(begun.plan_id)).task("c").status == "executing"
    await begun.end()


class HasNoIdea:
    asked = 0

    async def propose(self, setback, context):
        self.asked += 1


async def test_who_has_no_other_way_is_asked_ever_more_seldom(clock):
    replanner, steps = HasNoIdea(), [f"t{number}" for number in range(10)]
    async with opened(clock, replanner) as service:
        waits = [((), "t0"), *(((before,), step) for before, step in itertools.pairwise(steps))]
        begun = await begin(service, *(outside(step, *before) for before, step in waits))
        for step, following in itertools.pairwise(steps):
            clock.go(3600)
            await begun.look()
            await begun.says(step, "completed", output={})
            await begun.until(following)
        assert (replanner.asked, len(await begun.told("plan.kept"))) == (3, 3)
        await begun.end()


async def test_the_last_replan_is_kept_for_failures(clock, replanner):
    steps = [f"t{number}" for number in range(6)]
    async with opened(clock, replanner) as service:
        waits = [((), "t0"), *(((before,), step) for before, step in itertools.pairwise(steps))]
        begun = await begin(service, *(outside(step, *before) for before, step in waits))
        for step, following in itertools.pairwise(steps[:5]):
            clock.go(3700)
            await begun.look()
            await begun.says(step, "completed", output={})
            await begun.until(following)
        assert (len(replanner.asked), (await service.get_run(begun.plan_id)).replans_left) == (2, 1)
        await begun.end()


async def test_what_a_rerun_tells_is_nothing_to_the_run_itself(begun, clock):
    clock.go(3601)
    await begun.look()
    started = Event(type=EventType.PLAN_STARTED, at=clock(), plan_id=begun.plan_id, run_id="another")
    begun.service.context.store.add_events([started])
    clock.go(3601)
    fires = (await begun.look()).reading.fires
    assert [gauge.trigger.value for gauge in fires] == ["drift"]


async def test_without_continuous_replanning_it_is_only_told(clock, replanner):
    async with opened(clock, replanner, enable_continuous_replanning=False) as service:
        begun = await begin(service)
        clock.go(3601)
        assert not (await begun.look()).asked
        assert [told["asked"] for told in await begun.told("plan.drifted")] == [False] * len(ALL)
        await begun.end()


@pytest.mark.parametrize("option", ["continue", "abort"])
async def test_a_run_whose_policy_is_another_is_not_asked(service, clock, option):
    begun = await begin(service, policy=option)
    clock.go(3601)
    assert not (await begun.look()).asked
    await begun.end()


async def test_rules_alone_are_not_asked_where_nothing_has_failed(clock):
    async with PlanningService(resources=memory_resources(), executors=ExecutorRegistry(), clock=clock) as service:
        begun = await begin(service)
        clock.go(3601)
        look = await begun.look()
        assert (look.asked, len(look.reading.fires)) == (False, len(ALL))
        await begun.end()


async def test_new_agents_are_a_reason_to_plan_anew(clock, replanner):
    agents = AgentRegistry([AgentCapability(agent_id="ana", capabilities=["write"])])
    async with opened(clock, replanner, agents, monitoring_interval_minutes=0.01 / 60) as service:
        begun = await begin(service, outside("t1", seconds=90_000), outside("t2", "t1"))
        await asyncio.sleep(0.03)
        agents.register(AgentCapability(agent_id="bo", capabilities=["write"]))
        clock.go(3601)
        async with asyncio.timeout(5):
            while not (told := await begun.told("plan.drifted")):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        assert [(one["trigger"], one["value"], one["asked"]) for one in told] == [("resources", 1, True)]
        assert told[0]["why"] == "there is more to work with: 'bo'"
        await begun.end()


async def test_agents_that_came_while_nobody_ran_it_are_noticed_at_once(clock, replanner):
    resources, ana = memory_resources(), AgentCapability(agent_id="ana", capabilities=["write"])
    async with opened(clock, replanner, AgentRegistry([ana]), resources) as service:
        begun = await begin(service, outside("t1", seconds=90_000), outside("t2", "t1"))
        await begun.end()
    clock.go(3601)
    bo = AgentCapability(agent_id="bo", capabilities=["write"])
    async with opened(clock, replanner, AgentRegistry([ana, bo]), resources) as service:
        resumed = Begun(service, begun.plan_id, asyncio.create_task(service.resume(begun.plan_id)))
        async with asyncio.timeout(5):
            while not (told := await resumed.told("plan.drifted")):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        assert "resources" in [one["trigger"] for one in told]
        await resumed.end()


async def test_a_run_is_watched_while_it_goes_on(clock, replanner):
    async with opened(clock, replanner, monitoring_interval_minutes=0.01 / 60) as service:
        begun = await begin(service)
        clock.go(3601)
        async with asyncio.timeout(5):
            while not await begun.service.list_issues(begun.plan_id):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        await begun.says("t1", "completed", output={})
        await begun.until("t2")
        assert len(replanner.asked) == 1
        await begun.says("t2", "completed", output={})
        assert (await begun.running).status == "completed"
        assert {issue.status.value for issue in await begun.service.list_issues(begun.plan_id)} == {"closed"}


async def test_a_plan_does_not_die_of_being_watched(clock, replanner, monkeypatch, caplog):
    async with opened(clock, replanner, monitoring_interval_minutes=0.002 / 60) as service:
        monitor = service.run_context.monitor
        monkeypatch.setattr(monitor, "look", lambda *_: 1 / 0)
        begun = await begin(service)
        await asyncio.sleep(0.02)
        for task_id in ("t1", "t2"):
            await begun.until(task_id)
            await begun.says(task_id, "completed", output={})
        assert (await begun.running).status == "completed"
    assert "was not looked at" in caplog.text


async def test_nothing_is_told_of_a_run_that_is_over_but_what_is_open_is_closed(begun, clock):
    clock.go(2500)
    await begun.look()
    for task_id in ("t1", "t2"):
        await begun.until(task_id)
        await begun.says(task_id, "completed", output={})
    await begun.running
    clock.go(9000)
    look = await begun.look()
    assert {issue.status.value for issue in look.issues} == {"closed"}
    assert (look.progress.percent, look.reading.fires) == (100, ())


async def test_a_clock_that_went_back_breaks_nothing(begun, clock):
    clock.go(-9000)
    seen = await begun.service.get_progress(begun.plan_id)
    assert (seen.percent, seen.earned_value.pv, seen.trouble) == (0, 0, [])
    assert (await begun.look()).issues == []
