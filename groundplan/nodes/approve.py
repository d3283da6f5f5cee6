"""The one gate: a stored plan that needs a person waits here for the decision."""

from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import Field, ValidationError

from groundplan.domain.approval import Approval, Decision, Verdict
from groundplan.domain.approval_check import decided
from groundplan.domain.checked_texts import checked, checked_name
from groundplan.domain.editing import edited_outline
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.events import Event, EventType
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.outline import Outline
from groundplan.domain.plan import ExecutionPlan
from groundplan.draft import revision_in
from groundplan.state import Context, PlannerState, PlannerUpdate, Revision
from groundplan.stores.conflicts import already_decided
from groundplan.stores.verified import verified_plan

_NEXT = {Verdict.APPROVE: PlanStatus.VALIDATED, Verdict.REJECT: PlanStatus.CANCELLED}
_EVENT = {Verdict.APPROVE: EventType.PLAN_APPROVED, Verdict.REJECT: EventType.PLAN_REJECTED}


class Answer(Decision):
    """What the gate is resumed with: a decision, and (if said) the plan version that it is meant for."""

    plan_id: str | None = None
    version: int | None = Field(default=None, ge=1)


async def approve(state: PlannerState, runtime: Runtime[Context]) -> PlannerUpdate:
    """Pass a validated plan; for one that awaits approval, interrupt and record the signed decision.

    Reads `plan`, `approval` only to know whether somebody has to decide, and on what: what is shown, decided on and
    edited is the plan as stored, with its signature checked. Writes both as decided. An edit writes `outline` and
    `revision` instead; the planner's tail makes the next version of it and stores that together with the decision.
    Nothing has an effect before the interrupt.
    Resume with `Command(resume={"verdict": "approve" | "edit" | "reject", "by": …, "why": …, "patch": …})`. An
    answer that is malformed or meant for another version, or an edit that does not hold, makes the gate ask
    again, with the error under `refused`.

    Raises:
        PlanningError: E5202 if somebody decided otherwise meanwhile, E5801 if the stored plan was altered.
    """
    planned = state["plan"]
    if planned.status is not PlanStatus.AWAITING_APPROVAL or "approval" not in state:
        return {}
    context = runtime.context
    plan, request = await verified_plan(context.store, context.keyring, planned.plan_id, planned.version)
    if request is None:
        raise already_decided(plan.plan_id, plan.version, None)
    approval, edited = _decided(plan, request, state, context)
    if request.decision not in (None, approval.decision):
        raise already_decided(plan.plan_id, plan.version, request)
    if edited is not None:
        return {"outline": edited, "revision": _revision(plan, approval, revision_in(state))}
    return await _recorded(plan, approval, context)


async def _recorded(plan: ExecutionPlan, approval: Approval, context: Context) -> PlannerUpdate:
    decision, now = approval.decision, approval.decided_at
    assert decision is not None and now is not None  # noqa: S101  # it was just made
    event = Event(
        type=_EVENT[decision.verdict],
        at=now,
        goal_id=plan.goal_id,
        plan_id=plan.plan_id,
        run_id=approval.run_id,
        data={"version": plan.version, "verdict": decision.verdict.value, "by": decision.by},
    )
    status = _NEXT[decision.verdict]
    await context.store.decide(
        plan.plan_id, plan.version, decision, status=status, now=now, events=[event], signature=approval.signature
    )
    return {"plan": plan if plan.status is status else plan.to(status, now=now), "approval": approval}


def _decided(
    plan: ExecutionPlan, request: Approval, state: PlannerState, context: Context
) -> tuple[Approval, Outline | None]:
    """Ask until an answer holds. LangGraph keeps every answer, so one that was refused is followed by the next."""
    question = _question(plan, request)
    while True:
        answer = interrupt(question)
        try:
            return _taken(_as_decision(answer, plan), plan, request, state, context)
        except PlanningError as refusal:
            question = _question(plan, request) | {"refused": refusal.to_dict()}


def _taken(
    decision: Decision, plan: ExecutionPlan, request: Approval, state: PlannerState, context: Context
) -> tuple[Approval, Outline | None]:
    approval = decided(request, decision, plan, context.clock(), context.keyring)
    if decision.patch is None:
        return approval, None
    around = context.surroundings(state["goal"], revision_in(state).standing)
    return approval, edited_outline(plan, decision.patch, state["outline"], around)


def _question(plan: ExecutionPlan, request: Approval) -> dict[str, Any]:
    return {
        "plan_id": plan.plan_id,
        "version": plan.version,
        "reasons": request.reasons,
        "tasks": [{"task_id": task.task_id, "name": task.name, "tool": task.tool} for task in plan.tasks],
        "answer_with": {"verdict": "approve | edit | reject", "by": "who", "why": "why", "patch": "for edit"},
    }


def _as_decision(answer: Any, plan: ExecutionPlan) -> Decision:
    if isinstance(answer, Decision):
        answer = answer.model_dump()
    try:
        given = Answer.model_validate(answer)
    except ValidationError as error:
        raise _malformed(error) from error
    meant = (given.plan_id or plan.plan_id, given.version or plan.version)
    if meant != (plan.plan_id, plan.version):
        raise _meant_for_another(meant, plan)
    by, why = checked_name(given.by, "by"), checked(given.why, "reason")
    return Decision(verdict=given.verdict, by=by, why=why, patch=given.patch)


def _malformed(error: ValidationError) -> PlanningError:
    problems = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
    return PlanningError(
        ErrorCode.APPROVAL_CONFLICT,
        f"The decision is malformed: {problems[0]}",
        details={"errors": problems},
        recovery_suggestion="Answer with {'verdict': 'approve' | 'edit' | 'reject', 'by': …, 'why': …}.",
    )


def _meant_for_another(meant: tuple[str, int], plan: ExecutionPlan) -> PlanningError:
    return PlanningError(
        ErrorCode.APPROVAL_CONFLICT,
        f"The decision is meant for version {meant[1]} of plan {meant[0]!r}; what waits here is version "
        f"{plan.version} of plan {plan.plan_id!r}",
        details={"plan_id": plan.plan_id, "version": plan.version},
        recovery_suggestion="Look at what waits with `groundplan plans --status awaiting_approval`.",
    )


def _revision(plan: ExecutionPlan, approval: Approval, before: Revision) -> Revision:
    decision = approval.decision
    assert decision is not None  # noqa: S101  # it was just made
    return Revision(
        plan_id=before.plan_id,
        version=plan.version + 1,
        revises=plan.version,
        reason=f"edited by {decision.by}" + (f": {decision.why}" if decision.why else ""),
        decided=approval,
        standing=before.standing,
    )
