"""A replan with a risk waits for a person, and the run with it."""

import pytest

from groundplan import ErrorCode, ExecutionPlan, ExecutorRegistry, PlanningError, PlanningService, Task
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.patch import PlanPatch
from groundplan.run_state import Proposal
from groundplan.service import Settings
from groundplan.testing import memory_resources

PLAN = ExecutionPlan(tasks=[Task(task_id="a", name="Copy the file", tool="work.do", inputs={"what": "a"})])


class RiskyWay:
    """Proposes to delete something in the place of the task that failed."""

    async def propose(self, setback, context):
        del context
        failed = setback.plan.tasks[0].task_id
        other = Task(task_id="zz", name="Delete the production database", tool="work.do", inputs={"what": "deleted"})
        return Proposal(patch=PlanPatch(remove=[failed], add=[other]), why="nothing else works", by="rule")


@pytest.fixture
def done():
    return []


@pytest.fixture
async def service(tmp_path, done):
    async def do(what: str):
        if what == "a":
            raise RuntimeError("broke")
        done.append(what)
        return {}

    options = {"executors": ExecutorRegistry(callables={"work.do": do}), "replanner": RiskyWay()}
    async with PlanningService(
        settings=Settings.load(home=tmp_path), resources=memory_resources(), **options
    ) as opened:
        yield opened


async def waiting_run(service):
    result = await service.execute_plan_direct(PLAN, policy="replan", run_id="run-1")
    assert result.status == PlanStatus.AWAITING_APPROVAL
    return result.plan_id


async def test_the_run_goes_on_once_the_new_version_is_approved(service, done):
    plan_id = await waiting_run(service)
    await service.approve_plan(plan_id, by="ada", why="there is a backup")
    assert (await service.resume("run-1")).status == "completed"
    assert done == ["deleted"]


async def test_resuming_too_early_waits_on(service, done):
    plan_id = await waiting_run(service)
    for _ in range(2):
        assert (await service.resume("run-1")).status == PlanStatus.AWAITING_APPROVAL
    assert done == []
    await service.approve_plan(plan_id, by="ada")
    assert (await service.resume("run-1")).status == "completed"


async def test_a_new_version_that_was_rejected_ends_the_run(service, done):
    plan_id = await waiting_run(service)
    await service.reject_plan(plan_id, by="ada")
    assert (await service.resume("run-1")).status == "cancelled"
    assert done == []


async def test_a_status_that_somebody_set_does_not_let_the_run_go_on(service, done):
    plan = await service.get_plan(await waiting_run(service))
    service.context.store.replace_plan(plan.model_copy(update={"status": PlanStatus.VALIDATED}))
    with pytest.raises(PlanningError) as caught:
        await service.resume("run-1")
    assert (caught.value.code, done) == (ErrorCode.SIGNATURE_MISMATCH, [])


async def test_a_run_that_waits_for_an_approval_can_be_cancelled(service, done):
    plan_id = await waiting_run(service)
    assert await service.cancel_plan(plan_id, by="ada", patience=2)
    assert (await service.get_run("run-1")).status == "cancelled"
    assert (await service.get_plan(plan_id)).status == PlanStatus.CANCELLED
    assert (await service.attend()).approvals == []
    assert done == []
