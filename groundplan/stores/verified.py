"""Plans as they lie in the store, checked against their signatures and decisions."""

from __future__ import annotations

from groundplan.domain.approval import Approval, Verdict
from groundplan.domain.approval_check import verify_stored
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.signing import Keyring
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


def _check_latest(approval: Approval) -> None:
    """An edit and the version that it leads to are stored together."""
    if approval.decision is not None and approval.decision.verdict is Verdict.EDIT:
        raise PlanningError(
            ErrorCode.SIGNATURE_MISMATCH,
            f"Version {approval.led_to} of plan {approval.plan_id!r}, which an edit led to, is gone",
            details={"plan_id": approval.plan_id, "version": approval.led_to},
            recovery_suggestion="Somebody removed it outside groundplan: look at the database, then plan anew.",
        )
