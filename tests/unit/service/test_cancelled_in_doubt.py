"""What a cancelled run leaves for a person, and a run that cannot even be cancelled."""

import asyncio

import pytest

from groundplan import ErrorCode, ExecutionPlan, ExecutorRegistry, PlanningError, PlanningService, Task
from groundplan.domain.task import Compensation
from groundplan.testing import memory_resources


@pytest.fixture
def begun():
    return asyncio.Event()


@pytest.fixture
def undone():
    return []


@pytest.fixture
async def service(begun, undone):
    async def hang():
        begun.set()
        await asyncio.sleep(3600)

    async def undo():
        undone.append("a")

    registry = ExecutorRegistry(callables={"work.hang": hang, "work.undo": undo})
    async with PlanningService(resources=memory_resources(), executors=registry) as opened:
        yield opened


async def started(service, begun):
    undo = Compensation(description="undo", tool="work.undo")
    plan = await service.store_plan(
        ExecutionPlan(tasks=[Task(task_id="a", name="Do a", tool="work.hang", compensation=undo)])
    )
    running = asyncio.create_task(service.execute_plan(plan.plan_id))
    await begun.wait()
    return plan.plan_id, running


async def test_an_effect_that_was_cut_off_by_cancelling_is_settled_by_a_person_and_can_be_undone(
    service, begun, undone
):
    plan_id, running = await started(service, begun)
    assert await service.cancel_plan(plan_id, by="ada")
    assert (await running)["a"].status == "in_doubt"
    assert [doubt.task_id for doubt in (await service.attend()).in_doubt] == ["a"]
    await service.settle_doubt(plan_id, "a", "completed", by="ada")
    assert (await service.attend()).in_doubt == []
    assert (await service.get_execution(plan_id)).status == "cancelled"
    assert (await service.rollback_plan(plan_id))["a"].status == "compensated"
    assert undone == ["a"]


async def test_what_keeps_a_run_from_being_cancelled_is_said(service, begun, monkeypatch):
    plan_id, running = await started(service, begun)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    async def altered(*_):
        raise PlanningError(ErrorCode.SIGNATURE_MISMATCH, "not what was signed")

    monkeypatch.setattr(service.run_context.plans, "runnable", altered)
    with pytest.raises(PlanningError) as raised:
        await service.cancel_plan(plan_id, by="ada")
    assert raised.value.code is ErrorCode.SIGNATURE_MISMATCH
    monkeypatch.undo()
    assert await service.cancel_plan(plan_id, by="ada")
    assert (await service.get_run(plan_id)).status == "cancelled"
