"""What exactly is signed, and how: HMAC-SHA256 over the RFC 8785 form of what was approved.

Signed are the goal, the tasks as planned, their dependencies, tools and inputs, the budget's limits, the version, and
why a person has to decide: fields named one by one. Never signed is what a run changes: status, times, outputs,
attempts, errors, assignment, re-scored risks.
"""

from __future__ import annotations

import hashlib
import hmac
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from groundplan.domain.canonical_json import canonical_json
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.plan import ExecutionPlan, Signature
from groundplan.domain.planned_task import planned_task

FORM = 2
"""The form that plans are signed in. Form 1 did not say whether a person has to decide; it is only ever checked."""


def canonical_form(plan: ExecutionPlan, form: int = FORM) -> bytes:
    """The bytes that are signed (RFC 8785, JSON Canonicalization Scheme), in this form.

    Raises:
        PlanningError: E5600 if an input holds what JSON cannot carry exactly: a number beyond 2^53, NaN, an
            object of another type, text that is no Unicode.
    """
    try:
        return _written(plan, form)
    except ValueError as error:
        raise PlanningError(
            ErrorCode.VALIDATION_FAILED,
            f"The plan has no canonical form: {error}",
            details={"errors": [str(error)]},
            recovery_suggestion="Give inputs as JSON values; numbers beyond 2^53, NaN and infinity as text.",
        ) from error


def _written(plan: ExecutionPlan, form: int) -> bytes:
    # Task by task, so that a plan of thousands does not exist a second time as dictionaries; members in sorted order.
    decided = {"approval_reasons": plan.approval_reasons} if form >= FORM else {}
    before = {
        "agent_did": plan.agent_did,
        **decided,
        "budget": {"max_tokens": plan.resource_budget.max_tokens, "max_cost": plan.resource_budget.max_cost},
        "form": form,
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
    return plan.model_copy(update={"signature": Signature(key_id=key_id, value=_mac(canonical_form(plan), key))})


def verify(plan: ExecutionPlan, keys: Mapping[str, bytes]) -> int:
    """The form in which the plan was signed, if it is what was signed with one of `keys`.

    Raises:
        PlanningError: E5801 if it is not or has no signature, E5802 if the key is not among `keys`.
    """
    if plan.signature is None:
        raise _altered(plan, "has no signature")
    key = keys.get(plan.signature.key_id)
    if key is None:
        raise key_missing(f"Plan {plan.plan_id!r}", plan.signature.key_id, plan_id=plan.plan_id)
    for form in (FORM, 1):
        if _matches(plan, plan.signature, key, form):
            return form
    raise _altered(plan, "is not what was signed")


def _matches(plan: ExecutionPlan, signature: Signature, key: bytes, form: int) -> bool:
    try:
        mac = _mac(canonical_form(plan, form), key)
    except PlanningError:  # What was signed had a canonical form, so this is something else.
        return False
    return hmac.compare_digest(signature.value.encode(), mac.encode())


def _mac(form: bytes, key: bytes) -> str:
    return hmac.new(key, form, hashlib.sha256).hexdigest()


def key_missing(what: str, key_id: str, **details: Any) -> PlanningError:
    """E5802: `what` was signed with a key that is not there."""
    return PlanningError(
        ErrorCode.SIGNING_KEY_MISSING,
        f"{what} was signed with key {key_id!r}, which is not configured",
        details={"key_id": key_id, **details},
        recovery_suggestion="Put the key back into GROUNDPLAN_SIGNING_KEYS (a key `local-…` lies in the data folder in "
        "which it was made), or plan the goal again.",
    )


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

    __slots__ = ("_keys", "_last", "active")

    def __init__(self, keys: Mapping[str, bytes], active: str) -> None:
        if active not in keys or any(len(key) < 16 for key in keys.values()):
            raise ValueError("the active key must be among the keys, and each has at least 16 bytes")
        self._keys = dict(keys)
        self._last: tuple[Callable[[], ExecutionPlan | None], int] = (lambda: None, 0)
        self.active = active

    def __repr__(self) -> str:
        return f"Keyring(active={self.active!r}, keys={len(self._keys)})"

    def sign(self, plan: ExecutionPlan) -> ExecutionPlan:
        """The plan, signed with the active key."""
        return sign(plan, self.active, self._keys[self.active])

    def verify(self, plan: ExecutionPlan) -> int:
        """As `verify`, with every key of the ring. A plan object that was just found good is not looked at again."""
        plan_before, form = self._last
        if plan_before() is not plan:
            form = verify(plan, self._keys)
            self._last = (weakref.ref(plan), form)
        return form

    def seal(self, form: bytes) -> Signature:
        """The signature of these bytes by the active key."""
        return Signature(key_id=self.active, value=_mac(form, self._keys[self.active]))

    def is_seal_of(self, form: bytes, seal: Signature) -> bool:
        """Whether a key of the ring made this signature of these bytes. Raises PlanningError: E5802."""
        key = self._keys.get(seal.key_id)
        if key is None:
            raise key_missing("A decision", seal.key_id)
        return hmac.compare_digest(seal.value.encode(), _mac(form, key).encode())
