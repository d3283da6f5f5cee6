"""Risks of a plan that is being run: whoever watches it brings them up to its progress."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from groundplan import ExecutionPlan, ExecutorRegistry, PlanningService, Task, TaskDependency
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from groundplan.execution.executors.declare import declare
from groundplan.service import Settings
from groundplan.testing import memory_resources


class Clock:
    def __init__(self):
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def service(clock, tmp_path):
    async def wait():
        await asyncio.Event().wait()

    registry = ExecutorRegistry(callables={"work.wait": declare(wait, idempotent=True)})
    settings = Settings.load(home=tmp_path)
    async with PlanningService(
        settings=settings, resources=memory_resources(), executors=registry, clock=clock
    ) as opened:
        yield opened


def lasting(task_id, *after):
    waits = [TaskDependency(task_id=other) for other in after]
    estimate = ResourceEstimate(duration=ThreePoint(1000, 1000, 1000))
    known = {"tool": "work.wait", "name": f"Sort {task_id}", "resource_estimate": estimate}
    return Task(task_id=task_id, dependencies=waits, **known)


@pytest.fixture
async def plan_id(service):
    """A plan of 2,000 s of which the first task is at work, and stays so."""
    plan = await service.store_plan(ExecutionPlan(tasks=[lasting("t1"), lasting("t2", "t1")]))
    running = asyncio.create_task(service.execute_plan(plan.plan_id))
    async with asyncio.timeout(10):
        while not await told(service, plan.plan_id, "task.started"):  # noqa: ASYNC110  # the store tells nobody
            await asyncio.sleep(0.01)
    yield plan.plan_id
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def told(service, plan_id, kind):
    events = await service.context.store.read_events(plan_id=plan_id)
    return [event.data for event in events if event.type == kind]


async def risks(service, plan_id):
    return {risk.rule: risk for risk in await service.risks(plan_id)}


async def test_what_progress_shows_is_kept_and_told_once(service, plan_id, clock):
    clock.now += timedelta(seconds=1900)
    for _ in range(2):
        await service.monitor_plan(plan_id)
    found = await risks(service, plan_id)
    assert found["slack-used-up"].task_ids == ["t1", "t2"]
    rules = [data["rule"] for data in await told(service, plan_id, "risk.raised")]
    assert "behind-schedule" in rules and len(rules) == len(set(rules))


async def test_what_somebody_accepted_meanwhile_stays_accepted(service, plan_id, clock):
    clock.now += timedelta(seconds=1900)
    await service.monitor_plan(plan_id)
    behind = (await risks(service, plan_id))["behind-schedule"]
    await service.accept_risk(plan_id, behind.risk_id, by="ada")
    clock.now += timedelta(seconds=1000)
    await service.monitor_plan(plan_id)
    after = (await risks(service, plan_id))["behind-schedule"]
    assert (after.status, after.accepted.by) == ("accepted", "ada")


async def test_to_look_by_hand_sees_what_the_monitor_sees(service, plan_id, clock):
    clock.now += timedelta(seconds=1900)
    await service.monitor_plan(plan_id)
    before = await risks(service, plan_id)
    assert before["behind-schedule"].status == "open"
    assert await service.reassess_risks(plan_id) == []
    assert await risks(service, plan_id) == before


async def test_what_is_accepted_during_a_look_stays_accepted(service, plan_id, clock, monkeypatch):
    clock.now += timedelta(seconds=1900)
    await service.monitor_plan(plan_id)
    behind = (await risks(service, plan_id))["behind-schedule"]
    change = service.context.store.change_risks

    async def late(*given, **named):
        monkeypatch.setattr(service.context.store, "change_risks", change)
        await service.accept_risk(plan_id, behind.risk_id, by="ada")
        await change(*given, **named)

    monkeypatch.setattr(service.context.store, "change_risks", late)
    clock.now += timedelta(seconds=5000)
    await service.monitor_plan(plan_id)
    after = (await risks(service, plan_id))["behind-schedule"]
    assert (after.status, after.accepted.by) == ("accepted", "ada")
    assert after.probability > behind.probability


async def test_a_plan_in_time_has_no_such_risks(service, plan_id, clock):
    clock.now += timedelta(seconds=10)
    await service.monitor_plan(plan_id)
    assert not {"slack-used-up", "behind-schedule"} & (await risks(service, plan_id)).keys()
    assert await told(service, plan_id, "risk.raised") == []
