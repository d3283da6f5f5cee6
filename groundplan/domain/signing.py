"""What exactly is signed, and how: HMAC-SHA256 over the RFC 8785 form of what was approved.

Signed are the goal, the tasks as planned, their dependencies, tools and inputs, the budget's limits and the
version: fields named here one by one. Never signed is what a run changes: status, times, outputs, attempts,
errors, assignment, re-scored risks.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from groundplan.domain.canonical_json import canonical_json
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.plan import ExecutionPlan, Signature
from groundplan.domain.task import Task

_PLANNED = {
    "task_id", "name", "description", "task_type", "category", "phase", "tool", "dependencies", "inputs",
    "resource_estimate", "timeout_seconds", "retry_policy", "compensation", "condition", "sequence_order",
    "required_capabilities", "alternatives", "excluded_agents", "success_criteria", "optional", "irreversible",
}  # fmt: skip


def planned_task(task: Task) -> dict[str, Any]:
    """The fields of a task that planning decides, as JSON values; defaults are left out."""
    return task.model_dump(mode="json", include=_PLANNED, exclude_defaults=True)


def canonical_form(plan: ExecutionPlan) -> bytes:
    """The bytes that are signed (RFC 8785, JSON Canonicalization Scheme).

    Raises:
        PlanningError: E5600 if an input holds what JSON cannot carry exactly: a number beyond 2^53, NaN, an
            object of another type, text that is no Unicode.
    """
    try:
        return _form(plan)
    except ValueError as error:
        raise PlanningError(
            ErrorCode.VALIDATION_FAILED,
            f"The plan has no canonical form: {error}",
            details={"errors": [str(error)]},
            recovery_suggestion="Give inputs as JSON values; numbers beyond 2^53, NaN and infinity as text.",
        ) from error


def _form(plan: ExecutionPlan) -> bytes:
    # Task by task, so that a plan of thousands does not exist a second time as dictionaries; members in sorted order.
    before = {
        "agent_did": plan.agent_did,
        "budget": {"max_tokens": plan.resource_budget.max_tokens, "max_cost": plan.resource_budget.max_cost},
        "form": 1,
        "goal_id": plan.goal_id,
        "goal_text": plan.goal_text,
        "plan_id": plan.plan_id,
        "revises": plan.revises,
    }
    tasks = b",".join([canonical_json(planned_task(task)) for task in plan.tasks])
    version = canonical_json({"version": plan.version})
    return b'%b,"tasks":[%b],%b' % (canonical_json(before)[:-1], tasks, version[1:])


def sign(plan: ExecutionPlan, key_id: str, key: bytes) -> ExecutionPlan:
    """The plan with its signature by this key."""
    return plan.model_copy(update={"signature": Signature(key_id=key_id, value=_mac(plan, key))})


def verify(plan: ExecutionPlan, keys: Mapping[str, bytes]) -> None:
    """Pass if the plan is what was signed with one of `keys`.

    Raises:
        PlanningError: E5801 if it is not or has no signature, E5802 if the key is not among `keys`.
    """
    if plan.signature is None:
        raise _altered(plan, "has no signature")
    key = keys.get(plan.signature.key_id)
    if key is None:
        raise PlanningError(
            ErrorCode.SIGNING_KEY_MISSING,
            f"Plan {plan.plan_id!r} was signed with key {plan.signature.key_id!r}, which is not configured",
            details={"plan_id": plan.plan_id, "key_id": plan.signature.key_id},
            recovery_suggestion="Put the key back into GROUNDPLAN_SIGNING_KEYS, or plan the goal again.",
        )
    if not _matches(plan, plan.signature, key):
        raise _altered(plan, "is not what was signed")


def _matches(plan: ExecutionPlan, signature: Signature, key: bytes) -> bool:
    try:
        mac = _mac(plan, key)
    except PlanningError:  # What was signed had a canonical form, so this is something else.
        return False
    return hmac.compare_digest(signature.value.encode(), mac.encode())


def _mac(plan: ExecutionPlan, key: bytes) -> str:
    return hmac.new(key, canonical_form(plan), hashlib.sha256).hexdigest()


def _altered(plan: ExecutionPlan, what: str) -> PlanningError:
    return PlanningError(
        ErrorCode.SIGNATURE_MISMATCH,
        f"Plan {plan.plan_id!r} version {plan.version} {what}",
        details={"plan_id": plan.plan_id, "version": plan.version},
        recovery_suggestion="Somebody changed it outside groundplan: look at the database, then plan anew.",
    )


class Keyring:
    """The keys that plans are signed and checked with; the active one signs. Never printed.

    Rotation: put a new active key in front and keep the old ones as long as plans signed with them live.
    """

    __slots__ = ("_keys", "active")

    def __init__(self, keys: Mapping[str, bytes], active: str) -> None:
        if active not in keys or any(len(key) < 16 for key in keys.values()):
            raise ValueError("the active key must be among the keys, and each has at least 16 bytes")
        self._keys = dict(keys)
        self.active = active

    def __repr__(self) -> str:
        return f"Keyring(active={self.active!r}, keys={len(self._keys)})"

    def sign(self, plan: ExecutionPlan) -> ExecutionPlan:
        """The plan, signed with the active key."""
        return sign(plan, self.active, self._keys[self.active])

    def verify(self, plan: ExecutionPlan) -> None:
        """As `verify`, with every key of the ring."""
        verify(plan, self._keys)
