"""Imported once, in the process that all runners are forked from: whatever a run imports late is there afterwards."""

import asyncio

from groundplan import ExecutionPlan, ExecutorRegistry, PlanningService, Task
from groundplan.testing import memory_resources
from tests.acceptance.execution import runner

FORKED = runner.main


def _do() -> str:
    return "done"


async def _run() -> None:
    registry = ExecutorRegistry(default=_do)
    async with PlanningService(resources=memory_resources(), executors=registry) as service:
        await service.execute_plan_direct(ExecutionPlan(tasks=[Task(name="Do it")]))


asyncio.run(_run())
