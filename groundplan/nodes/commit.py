"""Sign the plan and store it: version, tasks, request for approval and events in one transaction."""

from datetime import datetime

from langgraph.runtime import Runtime

from groundplan.domain.approval import Approval
from groundplan.domain.diff import PlanDiff, diff_plans
from groundplan.domain.events import Event, EventType
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.draft import draft_plan, revision_in
from groundplan.listed import is_shared
from groundplan.state import Context, PlannerState, PlannerUpdate, RiskRegister, run_id_of


async def commit(state: PlannerState, runtime: Runtime[Context]) -> PlannerUpdate:
    """Reads all that was written, writes `plan` (validated or awaiting approval, signed, stored) and
    `approval` (the request, if a person has to decide).

    A run that is killed here and resumed stores the same plan once: its id follows from the run.
    """
    context, now = runtime.context, runtime.context.clock()
    revision = revision_in(state)
    reasons = [] if revision.decided_by else state.get("risks", RiskRegister()).approval_reasons
    plan = draft_plan(state, runtime).to(PlanStatus.VALIDATED, now=now)
    if reasons:
        plan = plan.to(PlanStatus.AWAITING_APPROVAL, now=now)
    plan = context.keyring.sign(plan)
    approval = _request(plan, reasons, run_id_of(runtime), now) if reasons else None
    await context.store.commit_plan(
        plan,
        _events(plan, approval, now),
        reason=revision.reason,
        diff=await _diff(plan, context),
        approval=approval,
    )
    if revision.version == 1 and not state["outline"].origin.cache_hit:
        goal = state["goal"]
        await context.cache.put(context.cache_key(goal), state["outline"], shared=is_shared(goal))
    return {"plan": plan, "approval": approval} if approval else {"plan": plan}


async def _diff(plan: ExecutionPlan, context: Context) -> PlanDiff | None:
    if plan.revises is None:
        return None
    return diff_plans(await context.store.get_plan(plan.plan_id, plan.revises), plan)


def _request(plan: ExecutionPlan, reasons: list[str], run_id: str, now: datetime) -> Approval:
    return Approval(plan_id=plan.plan_id, version=plan.version, run_id=run_id, reasons=reasons, requested_at=now)


def _events(plan: ExecutionPlan, approval: Approval | None, now: datetime) -> list[Event]:
    about = {"at": now, "goal_id": plan.goal_id, "plan_id": plan.plan_id, "run_id": plan.metadata.run_id}
    summary = {"version": plan.version, "tasks": len(plan.tasks), "strategy": plan.metadata.strategy}
    events = [
        Event(type=EventType.PLAN_CREATED, data=summary, **about),
        Event(type=EventType.PLAN_VALIDATED, data={"version": plan.version}, **about),
    ]
    if approval:
        data = {"version": plan.version, "reasons": len(approval.reasons)}
        events.append(Event(type=EventType.PLAN_AWAITING_APPROVAL, data=data, **about))
    return events
