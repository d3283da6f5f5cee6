"""A run that is cancelled, or resumed by somebody else, while its plan is being planned anew."""

import asyncio

import pytest

from groundplan import ErrorCode, ExecutionPlan, ExecutorRegistry, PlanningError, PlanningService, Task
from groundplan.testing import memory_resources


class Thinking:
    """A replanner that has no idea before it is let go on, or fails to reach its model."""

    def __init__(self):
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()
        self.calls = 0
        self.error = None

    async def propose(self, setback, context):
        self.calls += 1
        self.asked.set()
        await self.go_on.wait()
        if self.error is not None:
            raise self.error


async def broke():
    raise OSError("broke")


@pytest.fixture
def replanner():
    return Thinking()


@pytest.fixture
async def service(replanner):
    registry = ExecutorRegistry(callables={"work.do": broke})
    async with PlanningService(resources=memory_resources(), executors=registry, replanner=replanner) as opened:
        yield opened


def two_tasks():
    return ExecutionPlan(tasks=[Task(task_id="a", name="Do a", tool="work.do")])


async def begun(service, replanner):
    plan = await service.store_plan(two_tasks())
    running = asyncio.create_task(service.execute_plan(plan.plan_id, policy="replan"))
    await replanner.asked.wait()
    return plan.plan_id, running


async def test_the_plan_says_that_it_is_replanned(service, replanner):
    plan_id, running = await begun(service, replanner)
    assert (await service.get_plan(plan_id)).status == "replanning"
    replanner.go_on.set()
    assert (await running).status == "failed"


async def test_nobody_else_replans_meanwhile(service, replanner):
    plan_id, running = await begun(service, replanner)
    with pytest.raises(PlanningError) as raised:
        await service.resume(plan_id)
    assert raised.value.code is ErrorCode.RUN_CONFLICT
    replanner.go_on.set()
    await running
    assert replanner.calls == 1


async def test_a_replan_whose_model_is_away_can_be_resumed_and_cancelled(service, replanner):
    plan_id, running = await begun(service, replanner)
    replanner.error = PlanningError(ErrorCode.MODEL_UNAVAILABLE, "no model")
    replanner.go_on.set()
    for attempt in (running, service.resume(plan_id)):
        with pytest.raises(PlanningError) as raised:
            await attempt
        assert raised.value.code is ErrorCode.MODEL_UNAVAILABLE
    assert await service.cancel_plan(plan_id, by="ada")
    assert (await service.get_run(plan_id)).status == "cancelled"
    assert (await service.get_plan(plan_id)).status == "cancelled"
    assert replanner.calls == 2
