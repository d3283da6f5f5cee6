"""Whether a stored plan may be run: it is what was signed, and where a person has to decide, a person did.

Neither the status of a plan nor a row that says "approved" proves anything: whoever can write the database can write
both. Two signatures do: the plan's, which says why a person has to decide, and the decision's, which says what was
decided on exactly that plan.
"""

from __future__ import annotations

from datetime import datetime

from groundplan.domain.approval import Approval, Decision, Verdict
from groundplan.domain.canonical_json import canonical_json
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.frozen import as_utc
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.signing import FORM, Keyring

_UNDECIDED = (PlanStatus.PENDING, PlanStatus.DRAFT, PlanStatus.AWAITING_APPROVAL, PlanStatus.CANCELLED)
"""What a plan can be without anybody having approved it; a cancelled one may have been withdrawn."""


def decided(request: Approval, decision: Decision, plan: ExecutionPlan, now: datetime, keyring: Keyring) -> Approval:
    """The request with this decision on `plan`, signed. An edit leads to the next version.

    Raises:
        PlanningError: E5600 if the decision's patch holds what JSON cannot carry exactly.
    """
    led_to = plan.version + 1 if decision.verdict is Verdict.EDIT else None
    update = {"decision": decision, "decided_at": as_utc(now), "led_to": led_to, "signature": None}
    approval = request.model_copy(update=update)
    try:
        form = _form(approval, plan)
    except ValueError as error:
        raise PlanningError(
            ErrorCode.VALIDATION_FAILED,
            f"The decision has no canonical form: {error}",
            details={"errors": [str(error)]},
            recovery_suggestion="Give inputs as JSON values; numbers beyond 2^53, NaN and infinity as text.",
        ) from error
    return approval.model_copy(update={"signature": keyring.seal(form)})


def verify_decision(plan: ExecutionPlan, approval: Approval, keyring: Keyring) -> None:
    """Pass if what stands in `approval` was decided on exactly this plan, for the reasons that it was signed with.

    Raises:
        PlanningError: E5801 if it was not, E5802 if its key is not configured.
    """
    _check_reasons(plan, approval)
    try:
        genuine = approval.signature is not None and keyring.is_seal_of(_form(approval, plan), approval.signature)
    except ValueError:  # What was signed had a canonical form, so this is something else.
        genuine = False
    if not genuine:
        raise _forged(plan, "has a decision that nobody signed")


def verify_runnable(plan: ExecutionPlan, approval: Approval | None, keyring: Keyring) -> None:
    """Pass if the plan may be run, whatever its status says: signed as it is, and approved if a person has to decide.

    Args:
        approval: the request for approval of this version, if there is one.

    Raises:
        PlanningError: E5801 if plan or decision are not what was signed, E5802 if a key is missing, E5202 if the
            plan was not approved, or was signed before signatures said whether a person has to decide; E5203 if it
            was rejected or withdrawn.
    """
    if keyring.verify(plan) < FORM:
        raise _not_approved(plan, "was signed before approvals were, so that nobody can tell whether it needs one")
    if not plan.approval_reasons:
        return
    if approval is None or approval.decision is None:
        withdrawn = plan.status is PlanStatus.CANCELLED
        raise _not_approved(plan, "is cancelled and cannot be run" if withdrawn else "waits for approval")
    verify_decision(plan, approval, keyring)
    if approval.decision.verdict is not Verdict.APPROVE:
        raise _not_approved(
            plan, f"was not approved: {approval.decision.by!r} decided {approval.decision.verdict.value!r}"
        )


def verify_stored(plan: ExecutionPlan, approval: Approval | None, keyring: Keyring) -> None:
    """Pass if the plan is what was signed, and its status is one that it can have come to.

    A plan that was signed in form 1 passes by its signature alone: it can be looked at, but not be run.

    Raises:
        PlanningError: E5801 if not, E5802 if a key is missing.
    """
    if keyring.verify(plan) < FORM or not plan.approval_reasons:
        return
    if approval is not None:
        _check_reasons(plan, approval)
        if approval.decision is not None:
            verify_decision(plan, approval, keyring)
    if plan.status in _UNDECIDED:
        return
    verdict = approval.decision.verdict if approval and approval.decision else None
    if verdict is not Verdict.APPROVE:
        raise _forged(plan, f"is {plan.status.value}, but nobody approved it")


def _check_reasons(plan: ExecutionPlan, approval: Approval) -> None:
    if approval.reasons != plan.approval_reasons:
        raise _forged(plan, "waits for other reasons than it was signed with")


def _form(approval: Approval, plan: ExecutionPlan) -> bytes:
    """What is signed of a decision. The plan's signature stands for all that was decided on."""
    assert approval.decision is not None  # noqa: S101  # who calls has looked
    decision, signed = approval.decision, plan.signature
    at = approval.decided_at.isoformat() if approval.decided_at else None
    return canonical_json(
        {
            "decision": 1,
            "plan_id": plan.plan_id,
            "version": plan.version,
            "plan": [signed.key_id, signed.value] if signed else [],
            "verdict": decision.verdict.value,
            "by": decision.by,
            "why": decision.why,
            "patch": decision.patch.model_dump(mode="json", exclude_defaults=True) if decision.patch else None,
            "at": at,
            "led_to": approval.led_to,
        }
    )


def _not_approved(plan: ExecutionPlan, what: str) -> PlanningError:
    over = plan.status is PlanStatus.CANCELLED
    return PlanningError(
        ErrorCode.ILLEGAL_TRANSITION if over else ErrorCode.APPROVAL_CONFLICT,
        f"Plan {plan.plan_id!r} version {plan.version} {what}",
        details={"plan_id": plan.plan_id, "version": plan.version},
        recovery_suggestion=f"See it with `groundplan show {plan.plan_id}`; approve it if it waits, else plan again.",
    )


def _forged(plan: ExecutionPlan, what: str) -> PlanningError:
    return PlanningError(
        ErrorCode.SIGNATURE_MISMATCH,
        f"Plan {plan.plan_id!r} version {plan.version} {what}",
        details={"plan_id": plan.plan_id, "version": plan.version},
        recovery_suggestion="Somebody changed it outside groundplan: look at the database, then plan anew.",
    )
