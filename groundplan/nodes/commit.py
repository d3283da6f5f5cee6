"""Sign the plan and store it: version, tasks, request for approval and events in one transaction."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from langgraph.runtime import Runtime

from groundplan.domain.approval import Approval, Decision, Verdict
from groundplan.domain.approval_check import decided, verify_decision
from groundplan.domain.diff import diff_plans
from groundplan.domain.events import Event, EventType
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.risk import with_changed
from groundplan.domain.risk_writers import accepted_meanwhile, by_people
from groundplan.draft import draft_plan, revision_in
from groundplan.listed import is_shared
from groundplan.state import Context, PlannerState, PlannerUpdate, Revision, RiskRegister, run_id_of
from groundplan.stores.verified import verified_plan


async def commit(state: PlannerState, runtime: Runtime[Context]) -> PlannerUpdate:
    """Reads all that was written, writes `plan` (validated or awaiting approval, signed, stored) and
    `approval` (the request, if a person has to decide, or what a person decided by an edit).

    An edit approves the reasons that were in its request. If the new version has others, somebody has to decide again.
    A version on which nobody has decided hands its reasons on: no change but a person's edit lets the plan pass.
    A run that is killed here and resumed stores the same plan once: its id follows from the run.

    Raises:
        PlanningError: E5202 if the version that was edited does not wait (any more), E5801 if it was altered.
    """
    context, now = runtime.context, runtime.context.clock()
    revision, plan = revision_in(state), draft_plan(state, runtime)
    before, undecided = await _before(plan, revision, context)
    seen = state.get("risks", RiskRegister()).approval_reasons
    reasons = [*(Counter(undecided) - Counter(seen)).elements(), *seen]
    plan = plan.model_copy(update={"approval_reasons": reasons}).to(PlanStatus.VALIDATED, now=now)
    edit = revision.decided if before and not Counter(reasons) - Counter(before.approval_reasons) else None
    if reasons and edit is None:
        plan = plan.to(PlanStatus.AWAITING_APPROVAL, now=now)
    plan = context.keyring.sign(plan)
    approval = _approval(plan, edit, run_id_of(runtime), context, now)
    await context.store.commit_plan(
        plan,
        [*_events(plan, revision.decided, now), *_mitigated(plan, revision, now)],
        reason=revision.reason,
        diff=diff_plans(before, plan) if before else None,
        approval=approval,
        decided=revision.decided,
        expects=revision.expects,
    )
    plan = await _with_late_decisions(plan, context)
    if revision.version == 1 and not state["outline"].origin.cache_hit:
        goal = state["goal"]
        await context.cache.put(context.cache_key(goal), state["outline"], shared=is_shared(goal))
    return {"plan": plan, "approval": approval} if approval else {"plan": plan}


async def _before(
    plan: ExecutionPlan, revision: Revision, context: Context
) -> tuple[ExecutionPlan | None, Sequence[str]]:
    """The version that this one revises, as stored, and decided as the run says that it was; and its reasons, if nobody
    has decided on them."""
    if plan.revises is None:
        return None, ()
    before, request = await verified_plan(context.store, context.keyring, plan.plan_id, plan.revises)
    if revision.decided is not None:
        verify_decision(before, revision.decided, context.keyring)
        return before, ()
    waits = request is not None and request.decision is None
    return before, before.approval_reasons if waits else ()


async def _with_late_decisions(plan: ExecutionPlan, context: Context) -> ExecutionPlan:
    """The stored plan with what was accepted in the version before since its risks were read there."""
    if plan.revises is None:
        return plan
    before = await context.store.get_plan(plan.plan_id, plan.revises)
    late = accepted_meanwhile(before.risks, plan.risks)
    if not late:
        return plan
    await context.store.change_risks(plan.plan_id, plan.version, late, merge=by_people)
    return plan.model_copy(update={"risks": with_changed(plan.risks, late)})


def _approval(
    plan: ExecutionPlan, edit: Approval | None, run_id: str, context: Context, now: datetime
) -> Approval | None:
    """The request for approval, decided already if the edit that the plan comes of approved it."""
    if not plan.approval_reasons and edit is None:
        return None
    request = Approval(
        plan_id=plan.plan_id, version=plan.version, run_id=run_id, reasons=plan.approval_reasons, requested_at=now
    )
    if edit is None or edit.decision is None or edit.decided_at is None:
        return request
    decision = Decision(verdict=Verdict.APPROVE, by=edit.decision.by, why=edit.decision.why)
    return decided(request, decision, plan, edit.decided_at, context.keyring)


def _events(plan: ExecutionPlan, edit: Approval | None, now: datetime) -> list[Event]:
    about = {"at": now, "goal_id": plan.goal_id, "plan_id": plan.plan_id, "run_id": plan.metadata.run_id}
    summary = {"version": plan.version, "tasks": len(plan.tasks), "strategy": plan.metadata.strategy}
    events = [
        Event(type=EventType.PLAN_CREATED, data=summary, **about),
        Event(type=EventType.PLAN_VALIDATED, data={"version": plan.version}, **about),
    ]
    if edit is not None and edit.decision is not None:
        data = {"version": edit.version, "verdict": edit.decision.verdict.value, "by": edit.decision.by}
        events.insert(0, Event(type=EventType.PLAN_APPROVED, data=data, **about))
    if plan.status is PlanStatus.AWAITING_APPROVAL:
        waits = {"version": plan.version, "reasons": len(plan.approval_reasons)}
        events.append(Event(type=EventType.PLAN_AWAITING_APPROVAL, data=waits, **about))
    return events


def _mitigated(plan: ExecutionPlan, revision: Revision, now: datetime) -> list[Event]:
    return [
        Event(
            type=EventType.RISK_MITIGATED,
            at=now,
            goal_id=plan.goal_id,
            plan_id=plan.plan_id,
            run_id=plan.metadata.run_id,
            data={"risk_id": risk_id, "kind": applied.kind.value, "by": applied.by, "version": plan.version},
        )
        for risk_id, applied in revision.mitigated.items()
    ]
