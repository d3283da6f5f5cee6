"""What a next run of the same plan takes over: doubts settled late, and the keys of effects that were begun."""

import asyncio

import pytest

from groundplan import ErrorCode, ExecutionPlan, ExecutorRegistry, PlanningError, PlanningService, Task
from groundplan.domain.patch import PlanPatch
from groundplan.domain.task import Compensation, TaskDependency
from groundplan.execution.executors.declare import declare
from groundplan.run_state import Proposal
from groundplan.testing import memory_resources


class Retimes:
    """A replanner that gives task `a` more time."""

    async def propose(self, setback, context):
        return Proposal(patch=PlanPatch(change={"a": {"timeout_seconds": 5.0}}), why="give it more time", by="rules")


class Charge:
    """An effect whose answer is lost the first time."""

    def __init__(self):
        self.keys = []

    async def __call__(self, idempotency_key: str):
        self.keys.append(idempotency_key)
        if len(self.keys) == 1:
            await asyncio.sleep(3600)


def service_with(**callables):
    registry = ExecutorRegistry(callables={f"work.{name}": call for name, call in callables.items()})
    return PlanningService(resources=memory_resources(), executors=registry, replanner=Retimes())


async def test_a_new_run_after_a_replan_hands_an_idempotent_tool_the_key_it_knows():
    charge = Charge()
    async with service_with(count=declare(charge, idempotent=True)) as service:
        task = Task(task_id="a", name="Sort", tool="work.count", timeout_seconds=0.05)
        plan = await service.store_plan(ExecutionPlan(tasks=[task]))
        assert (await service.execute_plan(plan.plan_id, policy="continue")).status == "failed"
        await service.replan(plan.plan_id, by="ada", why="give it more time")
        again = await service.execute_plan(plan.plan_id, policy="continue")
    assert again.status == "completed"
    assert len(charge.keys) == 2
    assert len(set(charge.keys)) == 1, "the tool can tell that it is the same charge"


async def test_what_a_rollback_could_not_undo_keeps_its_key_and_what_it_undid_gets_another():
    charge, undone, keys = Charge(), [], []

    async def book(idempotency_key: str):
        keys.append(idempotency_key)

    async def undo(call, output):
        undone.append(call.idempotency_key)

    booking = declare(book, idempotent=True, compensate=undo)
    async with service_with(book=booking, count=declare(charge, idempotent=True)) as service:
        tasks = [
            Task(task_id="b", name="Sort", tool="work.book"),
            Task(
                task_id="a",
                name="Count",
                tool="work.count",
                timeout_seconds=0.05,
                dependencies=[TaskDependency(task_id="b")],
            ),
        ]
        plan = await service.store_plan(ExecutionPlan(tasks=tasks))
        assert (await service.execute_plan(plan.plan_id, policy="continue")).status == "failed"
        await service.replan(plan.plan_id, by="ada", why="give it more time")
        await service.rollback_plan(plan.plan_id)
        assert len(undone) == 1
        assert (await service.execute_plan(plan.plan_id, policy="continue")).status == "completed"
    assert (len(charge.keys), len(set(charge.keys))) == (2, 1), "its answer was lost: it may be had already"
    assert (len(keys), len(set(keys))) == (2, 2), "it was undone, and is wanted anew"


async def settled(became, **more):
    begun = asyncio.Event()

    async def hang():
        begun.set()
        await asyncio.sleep(3600)

    async with service_with(hang=hang) as service:
        undo = Compensation(description="undo", tool="work.hang")
        task = Task(task_id="a", name="Sort", tool="work.hang", compensation=undo)
        plan = await service.store_plan(ExecutionPlan(tasks=[task]))
        running = asyncio.create_task(service.execute_plan(plan.plan_id))
        await begun.wait()
        await service.cancel_plan(plan.plan_id, by="ada")
        await running
        await service.settle_doubt(plan.plan_id, "a", became, by="ada", **more)
        return (await service.get_plan(plan.plan_id)).tasks[0]


async def test_a_doubt_that_is_settled_after_the_end_is_kept_with_the_plan():
    task = await settled("completed", output={"sent": 3})
    assert (task.status, task.outputs) == ("completed", {"sent": 3})
    task = await settled("failed")
    assert task.status == "failed"
    assert "did not happen" in task.error["message"]


async def nothing():
    """Do nothing."""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"policy": "foo"}, "policy is 'foo'"),
        ({"max_concurrent_tasks": 0}, "max_concurrent_tasks is 0"),
        ({"max_concurrent_tasks": -1}, "max_concurrent_tasks is -1"),
        ({"max_concurrent_tasks": 1.5}, "max_concurrent_tasks is 1.5"),
    ],
)
async def test_options_that_cannot_be_are_refused_before_anything_is_opened(options, said):
    async with service_with(nothing=nothing) as service:
        plan = await service.store_plan(ExecutionPlan(tasks=[Task(task_id="a", name="Sort", tool="work.nothing")]))
        with pytest.raises(PlanningError) as raised:
            await service.execute_plan(plan.plan_id, **options)
        assert raised.value.code is ErrorCode.VALIDATION_FAILED
        assert said in raised.value.message
        assert await service.list_runs() == []
