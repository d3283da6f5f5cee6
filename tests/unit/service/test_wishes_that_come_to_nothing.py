"""A replan that a person asked for and that leads nowhere leaves a healthy run alone; one that is rejected ends it."""

import asyncio

import pytest

from groundplan import ExecutionPlan, ExecutorRegistry, PlanningService, Task
from groundplan.domain.events import EventType
from groundplan.domain.patch import PlanPatch
from groundplan.domain.task import TaskDependency
from groundplan.run_state import Proposal
from groundplan.testing import memory_resources


class Proposes:
    """A replanner that has this one patch in mind, or none."""

    def __init__(self, patch):
        self.patch = patch

    async def propose(self, setback, context):
        return Proposal(patch=self.patch, why="another way", by="rules") if self.patch else None


class Gate:
    """An executor that begins at once and ends when it is let."""

    def __init__(self):
        self.begun, self.may_end, self.done = asyncio.Event(), asyncio.Event(), []

    async def __call__(self, what: str):
        self.begun.set()
        await self.may_end.wait()
        self.done.append(what)


PLAN = ExecutionPlan(
    tasks=[
        Task(task_id="a", name="Sort", tool="work.do", inputs={"what": "a"}),
        Task(
            task_id="b", name="Count", tool="work.do", inputs={"what": "b"}, dependencies=[TaskDependency(task_id="a")]
        ),
    ]
)


def service_with(executor, replanner):
    registry = ExecutorRegistry(callables={"work.do": executor})
    return PlanningService(resources=memory_resources(), executors=registry, replanner=replanner)


async def told(service, plan_id):
    return [event async for event in service.stream(plan_id, follow=False)]


@pytest.mark.parametrize(
    "patch", [PlanPatch(change={"nobody": {"timeout_seconds": 5.0}}), None], ids=["does not hold", "no idea"]
)
async def test_a_wish_that_comes_to_nothing_does_not_fail_a_healthy_run(patch):
    gate = Gate()
    async with service_with(gate, Proposes(patch)) as service:
        plan = await service.store_plan(PLAN)
        running = asyncio.create_task(service.execute_plan(plan.plan_id))
        await gate.begun.wait()
        await service.replan(plan.plan_id, by="ada", why="nicer, please")
        gate.may_end.set()
        result = await running
        events = await told(service, plan.plan_id)
    assert (result.status, gate.done) == ("completed", ["a", "b"])
    kept = [event for event in events if event.type is EventType.PLAN_KEPT]
    assert len(kept) == 1, "the wish is answered once"
    assert kept[0].data["reason"].startswith("asked by ada")


async def fails_at_b(what: str):
    if what == "b":
        raise RuntimeError("broke")


async def test_a_next_version_that_is_rejected_ends_the_run_and_what_it_was_at():
    risky = PlanPatch(change={"b": {"name": "Delete the production database", "inputs": {"what": "deleted"}}})
    third = Task(task_id="c", name="Add up", tool="work.do", dependencies=[TaskDependency(task_id="b")])
    async with service_with(fails_at_b, Proposes(risky)) as service:
        plan = await service.store_plan(PLAN.model_copy(update={"tasks": [*PLAN.tasks, third]}))
        waiting = await service.execute_plan(plan.plan_id, policy="replan")
        assert waiting.status == "awaiting_approval"
        await service.reject_plan(plan.plan_id, by="ada", why="no")
        result = await service.resume(plan.plan_id)
        first, second = [await service.get_plan(plan.plan_id, version) for version in (1, 2)]
        events = await told(service, plan.plan_id)
        goal = await service.get_goal(plan.goal_id)
    assert (result.status, first.status, second.status, goal.status) == ("cancelled",) * 4
    assert {task.task_id: task.status.value for task in first.tasks} == {
        "a": "completed",
        "b": "failed",
        "c": "cancelled",
    }
    assert events[-1].type is EventType.PLAN_CANCELLED
    assert "not wanted" in events[-1].data["reason"]
