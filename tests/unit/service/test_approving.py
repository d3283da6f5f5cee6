"""Deciding on plans: what is decided on is the stored plan, who decided is on record, and nobody can forge either."""

import pytest

from groundplan.domain.approval import Decision, Verdict
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.patch import PlanPatch
from groundplan.domain.task import Task
from groundplan.service import PlanningService, Settings
from groundplan.testing import memory_resources

RISKY = "1. List the closed accounts\n2. Delete these accounts from the production database"


@pytest.fixture
def resources():
    return memory_resources()


@pytest.fixture
async def service(tmp_path, resources):
    async with PlanningService(settings=Settings.load(home=tmp_path), resources=resources) as opened:
        yield opened


def rename(plan, number=0, name="List the accounts that nobody used since 2020"):
    return PlanPatch(change={plan.tasks[number].task_id: {"name": name}})


async def code_of(refused):
    with pytest.raises(PlanningError) as caught:
        await refused
    return caught.value.code


def forge(resources, plan, *, status=None, **approval):
    """What one UPDATE in the database can do."""
    store = resources.store
    if status is not None:
        store.replace_plan(plan.model_copy(update={"status": status}))
    if approval:
        key = (plan.plan_id, plan.version)
        store._approvals[key] = store._approvals[key].model_copy(update=approval)


class TestForgery:
    async def test_a_status_is_no_approval(self, service, resources):
        plan = await service.create_plan(RISKY)
        forge(resources, plan, status=PlanStatus.VALIDATED)
        assert await code_of(service.get_plan(plan.plan_id)) is ErrorCode.SIGNATURE_MISMATCH
        assert await code_of(service.execute_plan(plan.plan_id)) is ErrorCode.SIGNATURE_MISMATCH

    async def test_a_row_that_says_approved_is_no_approval(self, service, resources):
        plan = await service.create_plan(RISKY)
        decision = Decision(verdict=Verdict.APPROVE, by="the CFO", why="fine")
        forge(resources, plan, status=PlanStatus.VALIDATED, decision=decision, decided_at=plan.created_at)
        assert await code_of(service.get_plan(plan.plan_id)) is ErrorCode.SIGNATURE_MISMATCH
        assert await code_of(service.execute_plan(plan.plan_id)) is ErrorCode.SIGNATURE_MISMATCH

    async def test_a_rejection_cannot_be_turned_around(self, service, resources):
        plan = await service.create_plan(RISKY)
        await service.reject_plan(plan.plan_id, by="ada", why="no")
        decision = Decision(verdict=Verdict.APPROVE, by="ada", why="no")
        forge(resources, plan, status=PlanStatus.VALIDATED, decision=decision)
        assert await code_of(service.execute_plan(plan.plan_id)) is ErrorCode.SIGNATURE_MISMATCH

    async def test_a_signed_rejection_under_a_forged_status_does_not_run(self, service, resources):
        plan = await service.create_plan(RISKY)
        await service.reject_plan(plan.plan_id, by="ada", why="no")
        forge(resources, plan, status=PlanStatus.VALIDATED)
        assert await code_of(service.execute_plan(plan.plan_id)) is ErrorCode.SIGNATURE_MISMATCH

    async def test_reasons_that_were_toned_down_are_not_shown(self, service, resources):
        plan = await service.create_plan(RISKY)
        forge(resources, plan, reasons=["a formality"])
        assert await code_of(service.get_approval(plan.plan_id)) is ErrorCode.SIGNATURE_MISMATCH
        assert await code_of(service.approve_plan(plan.plan_id, by="ada")) is ErrorCode.SIGNATURE_MISMATCH
        assert (await resources.store.get_approval(plan.plan_id)).decision is None

    async def test_a_name_beside_an_edit_cannot_be_exchanged(self, service, resources):
        plan = await service.create_plan(RISKY)
        edited = await service.approve_plan(plan.plan_id, by="ada", patch=PlanPatch(remove=[plan.tasks[1].task_id]))
        forge(resources, edited, decision=Decision(verdict=Verdict.APPROVE, by="the CFO"))
        assert await code_of(service.get_approval(plan.plan_id)) is ErrorCode.SIGNATURE_MISMATCH

    async def test_an_approval_sent_to_the_run_of_another_plan_decides_nothing(self, service, resources):
        meant, other = await service.create_plan(RISKY), await service.create_plan(RISKY)
        forge(resources, meant, run_id=other.metadata.run_id)
        assert await code_of(service.approve_plan(meant.plan_id, by="ada")) is ErrorCode.APPROVAL_CONFLICT
        assert (await service.get_plan(other.plan_id)).status is PlanStatus.AWAITING_APPROVAL

    async def test_a_version_that_was_edited_away_cannot_be_brought_back(self, service, resources):
        plan = await service.create_plan(RISKY)
        await service.approve_plan(plan.plan_id, by="ada", patch=PlanPatch(remove=[plan.tasks[1].task_id]))
        resources.store._plans[plan.plan_id].pop()
        assert await code_of(service.get_plan(plan.plan_id)) is ErrorCode.SIGNATURE_MISMATCH
        forge(resources, plan, status=PlanStatus.VALIDATED)
        assert await code_of(service.execute_plan(plan.plan_id)) is ErrorCode.SIGNATURE_MISMATCH

    async def test_a_checkpoint_that_was_changed_does_not_change_what_is_edited(self, service, resources):
        plan = await service.create_plan(RISKY, run_id="r1")
        evil = Task(task_id="x-9", plan_id=plan.plan_id, name="Tidy up", tool="bank.transfer", inputs={"to": "evil"})
        changed = plan.model_copy(update={"tasks": [*plan.tasks, evil]})
        saver, replaced = resources.checkpointer, 0
        for key, (kind, _) in list(saver.blobs.items()):
            if key[2] == "plan" and kind != "empty":
                saver.blobs[key], replaced = saver.serde.dumps_typed(changed), replaced + 1
        assert replaced
        edited = await service.approve_plan(plan.plan_id, by="ada", patch=rename(plan))
        assert edited.version == 2
        assert [task.tool for task in edited.tasks] == [None, None]


class TestEdits:
    async def test_who_edited_is_on_record_with_both_versions(self, service):
        plan = await service.create_plan(RISKY)
        edited = await service.approve_plan(plan.plan_id, by="ada", why="rehearsed", patch=rename(plan))
        assert (edited.version, edited.status) == (2, PlanStatus.VALIDATED)
        assert edited.approval_reasons == plan.approval_reasons
        now = await service.get_approval(plan.plan_id)
        assert (now.version, now.decision) == (2, Decision(verdict=Verdict.APPROVE, by="ada", why="rehearsed"))
        before = await service.context.store.get_approval(plan.plan_id, 1)
        assert (before.decision.verdict, before.decision.by, before.led_to) == (Verdict.EDIT, "ada", 2)

    async def test_an_edit_that_leaves_no_risk_needs_nobody_else(self, service):
        plan = await service.create_plan(RISKY)
        edited = await service.approve_plan(
            plan.plan_id, by="ada", patch=PlanPatch(remove=[plan.tasks[1].task_id], change={})
        )
        assert (edited.status, edited.approval_reasons) == (PlanStatus.VALIDATED, [])
        assert (await service.get_approval(plan.plan_id)).decision.by == "ada"

    async def test_the_same_risk_once_more_is_asked_about_again(self, service):
        plan = await service.create_plan(RISKY)
        again = PlanPatch(add=[Task(task_id="zz", name=plan.tasks[1].name)])
        edited = await service.approve_plan(plan.plan_id, by="ada", patch=again)
        assert edited.status is PlanStatus.AWAITING_APPROVAL
        assert edited.approval_reasons == 2 * plan.approval_reasons

    async def test_a_risk_that_nobody_saw_is_asked_about_again(self, service):
        plan = await service.create_plan(RISKY)
        more = PlanPatch(add=[Task(task_id="zz", name="Delete the backups of the production database")])
        edited = await service.approve_plan(plan.plan_id, by="ada", patch=more)
        assert (edited.version, edited.status) == (2, PlanStatus.AWAITING_APPROVAL)
        (waiting,) = await service.list_waiting()
        assert (waiting.version, waiting.reasons) == (2, edited.approval_reasons)
        assert set(edited.approval_reasons) > set(plan.approval_reasons)
        approved = await service.approve_plan(plan.plan_id, by="bob")
        assert (approved.version, approved.status) == (2, PlanStatus.VALIDATED)
        assert (await service.get_approval(plan.plan_id)).decision.by == "bob"


class TestFailures:
    @pytest.fixture
    def away(self, resources, monkeypatch):
        """A store that fails at the next commit."""
        commit = resources.store.commit_plan

        async def fail(*arguments, **options):
            monkeypatch.setattr(resources.store, "commit_plan", commit)
            raise PlanningError(ErrorCode.STORE_UNAVAILABLE, "gone")

        def start():
            monkeypatch.setattr(resources.store, "commit_plan", fail)

        return start

    async def test_an_edit_that_was_not_stored_still_waits_and_can_be_made_again(self, service, away):
        plan = await service.create_plan(RISKY)
        away()
        edit = {"by": "ada", "why": "clearer", "patch": rename(plan)}
        assert await code_of(service.approve_plan(plan.plan_id, **edit)) is ErrorCode.STORE_UNAVAILABLE
        (waiting,) = await service.list_waiting()
        assert (waiting.plan_id, waiting.version, waiting.decision) == (plan.plan_id, 1, None)
        edited = await service.approve_plan(plan.plan_id, **edit)
        assert (edited.version, edited.status) == (2, PlanStatus.VALIDATED)

    async def test_another_decision_after_an_edit_that_was_not_stored_comes_too_late(self, service, away):
        plan = await service.create_plan(RISKY)
        away()
        refused = service.approve_plan(plan.plan_id, by="ada", patch=rename(plan))
        assert await code_of(refused) is ErrorCode.STORE_UNAVAILABLE
        assert await code_of(service.reject_plan(plan.plan_id, by="bob")) is ErrorCode.APPROVAL_CONFLICT
        assert (await service.get_plan(plan.plan_id)).version == 2

    async def test_an_edit_that_was_not_stored_can_be_resumed(self, service, away):
        plan = await service.create_plan(RISKY, run_id="r1")
        away()
        refused = service.approve_plan(plan.plan_id, by="ada", patch=rename(plan))
        assert await code_of(refused) is ErrorCode.STORE_UNAVAILABLE
        resumed = await service.resume_plan("r1")
        assert (resumed.version, resumed.status) == (2, PlanStatus.VALIDATED)


async def test_the_same_decision_again_gives_the_plan(service):
    plan = await service.create_plan(RISKY)
    for _ in range(2):
        approved = await service.approve_plan(plan.plan_id, by="ada", why="rehearsed")
        assert approved.status is PlanStatus.VALIDATED
