"""Feedback through the service on a real Postgres: from another service than the one that runs the plan, and fast."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from groundplan import ExecutionPlan, Feedback, PlanningService, Settings, Task, TaskDependency


def opened(database_url: str, home: Path) -> PlanningService:
    return PlanningService(settings=Settings(database_url=database_url, home=home, cache_ttl_seconds=0))


@pytest.fixture
async def runner(database_url: str, tmp_path: Path) -> AsyncIterator[PlanningService]:
    async with opened(database_url, tmp_path) as service:
        yield service


@pytest.fixture
async def other(runner: PlanningService, database_url: str, tmp_path: Path) -> AsyncIterator[PlanningService]:
    async with opened(database_url, tmp_path) as service:
        yield service


def outside(task_id: str, *after: str, **fields: object) -> Task:
    waits = [TaskDependency(task_id=other) for other in after]
    return Task(task_id=task_id, name=f"Do {task_id}", category="external", dependencies=waits, **fields)


async def begun(service: PlanningService, plan_id: str, task_id: str) -> None:
    async with asyncio.timeout(30):
        async for event in service.stream(plan_id):
            if event.type == "task.started" and event.data["task_id"] == task_id:
                return


async def test_a_plan_is_carried_out_by_reports_of_another_service(
    runner: PlanningService, other: PlanningService
) -> None:
    plan = await runner.store_plan(ExecutionPlan(tasks=[outside("a"), outside("b", "a")]))
    running = asyncio.create_task(runner.execute_plan(plan.plan_id))
    for task_id in ("a", "b"):
        await begun(other, plan.plan_id, task_id)
        said = Feedback(task_id=task_id, status="completed", output={"of": task_id}, by="ada")
        assert await other.update_plan(plan.plan_id, said)
        assert not await other.update_plan(plan.plan_id, said)
    result = await running
    assert (result.status, result["b"].output) == ("completed", {"of": "b"})


async def test_a_report_for_a_run_that_was_cut_off_is_taken_by_whoever_resumes(
    runner: PlanningService, other: PlanningService
) -> None:
    plan = await runner.store_plan(ExecutionPlan(tasks=[outside("a")]))
    running = asyncio.create_task(runner.execute_plan(plan.plan_id))
    await begun(other, plan.plan_id, "a")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await other.update_plan(plan.plan_id, Feedback(task_id="a", status="completed", output=1, issues=["Late"]))
    assert (await other.resume(plan.plan_id)).status == "completed"
    assert [issue.title for issue in await runner.list_issues(plan.plan_id)] == ["Late"]
    [kept] = await runner.list_feedback(plan.plan_id)
    assert kept.feedback.output == 1
