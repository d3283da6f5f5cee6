"""The one gate: a stored plan that needs a person waits here for the decision."""

from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import ValidationError

from groundplan.domain.approval import Approval, Decision, Verdict
from groundplan.domain.editing import edited_outline
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.events import Event, EventType
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.outline import Outline
from groundplan.domain.plan import ExecutionPlan
from groundplan.state import Context, PlannerState, PlannerUpdate, Revision

_NEXT = {
    Verdict.APPROVE: PlanStatus.VALIDATED,
    Verdict.REJECT: PlanStatus.CANCELLED,
    Verdict.EDIT: PlanStatus.AWAITING_APPROVAL,
}
_EVENT = {
    Verdict.APPROVE: EventType.PLAN_APPROVED,
    Verdict.REJECT: EventType.PLAN_REJECTED,
    Verdict.EDIT: EventType.PLAN_APPROVED,
}


async def approve(state: PlannerState, runtime: Runtime[Context]) -> PlannerUpdate:
    """Pass a validated plan; for one that awaits approval, interrupt and record the decision.

    Reads `plan`, `approval`; writes both as decided. An edit writes `outline` and `revision` instead, and
    the planner's tail makes the next version of it. Nothing has an effect before the interrupt.
    Resume with `Command(resume={"verdict": "approve" | "edit" | "reject", "by": …, "why": …, "patch": …})`. An
    answer that is malformed, or an edit that does not hold, makes the gate ask again, with the error under
    `refused`.

    Raises:
        PlanningError: E5202 if somebody decided otherwise meanwhile.
    """
    plan, request = state["plan"], state.get("approval")
    if plan.status is not PlanStatus.AWAITING_APPROVAL or request is None:
        return {}
    context = runtime.context
    decision, edited = _decided(plan, request, state, context)
    now = context.clock()
    event = Event(
        type=_EVENT[decision.verdict],
        at=now,
        goal_id=plan.goal_id,
        plan_id=plan.plan_id,
        run_id=request.run_id,
        data={"version": plan.version, "verdict": decision.verdict.value, "by": decision.by},
    )
    status = _NEXT[decision.verdict]
    await context.store.decide(plan.plan_id, plan.version, decision, status=status, now=now, events=[event])
    if edited is not None:
        return {"outline": edited, "revision": _revision(plan, decision, state.get("revision"))}
    decided = request.model_copy(update={"decision": decision, "decided_at": now})
    return {"plan": plan.to(status, now=now), "approval": decided}


def _decided(
    plan: ExecutionPlan, request: Approval, state: PlannerState, context: Context
) -> tuple[Decision, Outline | None]:
    """Ask until an answer holds. LangGraph keeps every answer, so one that was refused is followed by the next."""
    question = _question(plan, request)
    while True:
        answer = interrupt(question)
        try:
            decision = _as_decision(answer)
            if decision.patch is None:
                return decision, None
            around = context.surroundings(state["goal"])
            return decision, edited_outline(plan, decision.patch, state["outline"], around)
        except PlanningError as refusal:
            question = _question(plan, request) | {"refused": refusal.to_dict()}


def _question(plan: ExecutionPlan, request: Approval) -> dict[str, Any]:
    return {
        "plan_id": plan.plan_id,
        "version": plan.version,
        "reasons": request.reasons,
        "tasks": [{"task_id": task.task_id, "name": task.name, "tool": task.tool} for task in plan.tasks],
        "answer_with": {"verdict": "approve | edit | reject", "by": "who", "why": "why", "patch": "for edit"},
    }


def _as_decision(answer: Any) -> Decision:
    if isinstance(answer, Decision):
        return answer
    try:
        return Decision.model_validate(answer)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise PlanningError(
            ErrorCode.APPROVAL_CONFLICT,
            f"The decision is malformed: {problems[0]}",
            details={"errors": problems},
            recovery_suggestion="Answer with {'verdict': 'approve' | 'edit' | 'reject', 'by': …, 'why': …}.",
        ) from error


def _revision(plan: ExecutionPlan, decision: Decision, before: Revision | None) -> Revision:
    return Revision(
        plan_id=before.plan_id if before else None,
        version=plan.version + 1,
        revises=plan.version,
        reason=f"edited by {decision.by}" + (f": {decision.why}" if decision.why else ""),
        decided_by=decision.by,
    )
