"""Monitoring on a real Postgres: by the runner and by other services at once, with what was told in the store."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from groundplan import ExecutionPlan, Feedback, PlanningService, Settings, Task, TaskDependency
from groundplan.domain.resources import ResourceEstimate, ThreePoint

QUICK = ResourceEstimate(duration=ThreePoint(0.01, 0.01, 0.01))
NEVER = 1e6


def opened(database_url: str, home: Path, *, every: float) -> PlanningService:
    """A service that looks at its runs `every` so many minutes, and has little patience."""
    settings = Settings(
        database_url=database_url, home=home, cache_ttl_seconds=0, monitoring_interval_minutes=every,
        replanning_interval_minutes=1e-6, stuck_after_seconds=0.05, escalation_hours={"high": 0.0},
    )  # fmt: skip
    return PlanningService(settings=settings)


@pytest.fixture
async def runner(database_url: str, tmp_path: Path) -> AsyncIterator[PlanningService]:
    async with opened(database_url, tmp_path, every=0.05 / 60) as service:
        yield service


@pytest.fixture
async def other(runner: PlanningService, database_url: str, tmp_path: Path) -> AsyncIterator[PlanningService]:
    async with opened(database_url, tmp_path, every=NEVER) as service:
        yield service


def outside(task_id: str, *after: str) -> Task:
    waits = [TaskDependency(task_id=before) for before in after]
    return Task(task_id=task_id, name=f"Do {task_id}", category="external", dependencies=waits, resource_estimate=QUICK)


async def until(what: Any) -> None:
    async with asyncio.timeout(30):
        while not await what():  # noqa: ASYNC110  # other processes have no event for it
            await asyncio.sleep(0.02)


async def events_of(service: PlanningService, plan_id: str) -> list[Any]:
    return [event async for event in service.stream(plan_id, follow=False)]


async def test_the_runner_and_others_find_the_same_and_tell_it_once(
    runner: PlanningService, other: PlanningService
) -> None:
    plan = await runner.store_plan(ExecutionPlan(tasks=[outside("a"), outside("b", "a")]))
    running = asyncio.create_task(runner.execute_plan(plan.plan_id))

    async def is_stuck() -> bool:
        return any(issue.issue_id.startswith("stuck") for issue in await other.list_issues(plan.plan_id))

    await until(is_stuck)
    await asyncio.gather(*(other.monitor_plan(plan.plan_id) for _ in range(3)))
    waiting = [issue for issue in (await other.attend()).issues if issue.issue_id.startswith("stuck")]
    assert [(issue.task_id, issue.opened_by) for issue in waiting] == [("a", "monitor")]
    assert (await other.get_progress(plan.plan_id)).task("a").status == "executing"

    for task_id in ("a", "b"):
        await other.update_plan(plan.plan_id, Feedback(task_id=task_id, percent=50))
        await until(lambda task_id=task_id: _is_under_way(other, plan.plan_id, task_id))
        await other.update_plan(plan.plan_id, Feedback(task_id=task_id, status="completed", output=1))
    assert (await running).status == "completed"
    await other.monitor_plan(plan.plan_id)
    told = Counter(
        (event.type.value, event.data["issue_id"])
        for event in await events_of(other, plan.plan_id)
        if event.type.value.startswith("issue.")
    )
    assert set(told.values()) == {1}
    assert {issue.status.value for issue in await other.list_issues(plan.plan_id)} == {"closed"}


async def test_what_has_fired_is_in_the_store(runner: PlanningService, other: PlanningService) -> None:
    plan = await runner.store_plan(ExecutionPlan(tasks=[outside("a")]))
    running = asyncio.create_task(runner.execute_plan(plan.plan_id))

    async def has_fired() -> bool:
        return any(event.type == "plan.drifted" for event in await events_of(other, plan.plan_id))

    await until(has_fired)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    before = Counter(
        event.data["trigger"] for event in await events_of(other, plan.plan_id) if event.type == "plan.drifted"
    )
    look = await other.monitor_plan(plan.plan_id)
    assert before["cost"] == 1
    assert "cost" not in {gauge.trigger.value for gauge in look.reading.fires}


async def _is_under_way(service: PlanningService, plan_id: str, task_id: str) -> bool:
    return (await service.get_task_progress(plan_id, task_id)).status == "executing"
