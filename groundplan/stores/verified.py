"""Plans as they lie in the store, checked against their signatures and decisions."""

from __future__ import annotations

from groundplan.domain.approval import Approval, Verdict
from groundplan.domain.approval_check import verify_decision, verify_stored
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.signing import FORM, Keyring
from groundplan.stores.protocols import PlanStore


async def verified_plan(
    store: PlanStore, keyring: Keyring, plan_id: str, version: int | None = None
) -> tuple[ExecutionPlan, Approval | None]:
    """The plan (the latest version by default), with its request for approval if a person has to decide.

    Raises:
        PlanningError: E5002 if there is none, E5801 if plan, decision or status are not what was signed, E5802 if a
            key is not configured.
    """
    plan = await store.get_plan(plan_id, version)
    approval = await store.get_approval(plan_id, plan.version) if plan.approval_reasons else None
    verify_stored(plan, approval, keyring)
    if version is None and approval is not None and approval.decision is not None:
        _check_latest(approval)
    return plan, approval


async def verified_approval(store: PlanStore, keyring: Keyring, plan_id: str) -> Approval | None:
    """The request for approval of the plan's latest version, decided or not.

    Raises:
        PlanningError: E5801 if it is not what was asked and decided, E5802 if a key is not configured.
    """
    approval = await store.get_approval(plan_id)
    if approval is None:
        return None
    plan = await store.get_plan(plan_id, approval.version)
    if keyring.verify(plan) == FORM and (approval.decision is not None or approval.reasons != plan.approval_reasons):
        verify_decision(plan, approval, keyring)
    return approval


def _check_latest(approval: Approval) -> None:
    """An edit and the version that it leads to are stored together."""
    if approval.decision is not None and approval.decision.verdict is Verdict.EDIT:
        raise PlanningError(
            ErrorCode.SIGNATURE_MISMATCH,
            f"Version {approval.led_to} of plan {approval.plan_id!r}, which an edit led to, is gone",
            details={"plan_id": approval.plan_id, "version": approval.led_to},
            recovery_suggestion="Somebody removed it outside groundplan: look at the database, then plan anew.",
        )
