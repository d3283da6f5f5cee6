"""Runs that are gone on with or started again: goal and plan agree, and nothing that is over is begun anew."""

from datetime import timedelta

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.goal import Goal, GoalConstraints
from groundplan.domain.lifecycle import GoalStatus, PlanStatus
from groundplan.domain.patch import PlanPatch
from groundplan.service import PlanningService, Settings
from groundplan.testing import ScriptedChatModel, memory_resources

RISKY = Goal(goal_id="g", goal_text="1. Prepare\n2. Delete the production database")
STEP = {"phase": "", "tool": None, "minutes": 5, "success": "ok", "compound": False}
ANSWER = {"steps": [STEP | {"number": 1, "name": "Write it", "depends_on": []}]}


@pytest.fixture
def settings(tmp_path):
    return Settings.load(home=tmp_path)


@pytest.fixture
async def service(settings):
    async with PlanningService(settings=settings, resources=memory_resources()) as opened:
        yield opened


async def test_a_goal_that_failed_for_want_of_a_model_is_ready_once_it_is_planned(settings):
    resources = memory_resources()
    async with PlanningService(settings=settings, resources=resources) as service:
        with pytest.raises(PlanningError, match="E5101"):
            await service.create_plan(Goal(goal_id="g", goal_text="Write an odd poem"), run_id="r")
        assert (await service.get_goal("g")).status is GoalStatus.FAILED
    model = ScriptedChatModel(turns=[ANSWER])
    async with PlanningService(settings=settings, resources=resources, model=model) as service:
        plan = await service.resume_plan("r")
        goal = await service.get_goal("g")
    assert (plan.status, goal.status) == (PlanStatus.VALIDATED, GoalStatus.READY)
    assert "error" not in goal.metadata


async def test_a_run_that_was_rejected_stays_rejected(service):
    plan = await service.create_plan(RISKY, run_id="r")
    await service.reject_plan(plan.plan_id, by="ada", why="no")
    assert (await service.create_plan(RISKY, run_id="r")).status is PlanStatus.CANCELLED
    with pytest.raises(PlanningError, match="E5202"):
        await service.approve_plan(plan.plan_id, by="mallory", why="yes")


async def test_a_run_whose_plan_was_edited_gives_the_latest_version(service):
    plan = await service.create_plan(RISKY, run_id="r")
    edited = await service.approve_plan(plan.plan_id, by="ada", patch=PlanPatch(remove=[plan.tasks[1].task_id]))
    assert await service.create_plan(RISKY, run_id="r") == edited
    assert await service.create_plan(RISKY.goal_text, run_id="r") == edited
    assert len(await service.list_versions(plan.plan_id)) == 2


async def test_a_run_that_is_over_is_not_streamed_again(service):
    plan = await service.create_plan(RISKY, run_id="r")
    steps = [step async for step in service.stream_plan(RISKY, run_id="r")]
    assert [(step.node, step.plan) for step in steps] == [("end", plan)]


@pytest.mark.parametrize("other", ["1. Do something else", Goal(goal_id="h", goal_text=RISKY.goal_text)])
async def test_a_run_is_not_lent_to_another_goal(service, other):
    await service.create_plan(RISKY, run_id="r")
    with pytest.raises(PlanningError) as caught:
        await service.create_plan(other, run_id="r")
    assert caught.value.code is ErrorCode.STORE_CONFLICT


async def test_a_plan_is_validated_against_its_goals_constraints(service):
    plan = await service.create_plan(Goal(goal_id="g", goal_text="1. Boil water\n2. Brew tea"))
    assert (await service.validate_plan(plan)).valid
    goal = await service.get_goal("g")
    late = GoalConstraints(deadline=plan.created_at - timedelta(days=1))
    service.context.store._goals["g"] = goal.model_copy(update={"constraints": late})
    assert not (await service.validate_plan(plan)).valid
    assert (await service.validate_plan(plan.model_copy(update={"goal_id": "unknown"}))).valid
