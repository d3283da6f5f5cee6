"""The decision of a person on a stored plan, and the request for it."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from groundplan.domain.frozen import Frozen, UtcDatetime
from groundplan.domain.ids import Id
from groundplan.domain.patch import PlanPatch
from groundplan.domain.plan import Signature

_ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+$"
"""A name is shown in terminals and lists, where a control character or another line would be somebody else's words."""


class Verdict(StrEnum):
    """`edit` changes the plan by a patch and approves what comes of it."""

    APPROVE = "approve"
    EDIT = "edit"
    REJECT = "reject"


class Decision(Frozen):
    """Who decided what, and why."""

    verdict: Verdict
    by: str = Field(min_length=1, max_length=400, pattern=_ONE_LINE)
    why: str = Field(default="", max_length=10_000)
    patch: PlanPatch | None = None

    @model_validator(mode="after")
    def _patched(self) -> Self:
        if (self.patch is not None) != (self.verdict is Verdict.EDIT):
            raise ValueError("a patch belongs to the verdict 'edit', and to no other")
        return self


class Approval(Frozen):
    """That a plan version waits for a person, why, and (once there is one) the decision.

    `led_to` is the version that an edit made of it. `signature` covers the decision and its time, what was decided on,
    and what it led to.
    """

    plan_id: Id
    version: int = Field(ge=1)
    run_id: str
    reasons: list[str]
    requested_at: UtcDatetime
    decision: Decision | None = None
    decided_at: UtcDatetime | None = None
    led_to: int | None = Field(default=None, ge=2)
    signature: Signature | None = None
