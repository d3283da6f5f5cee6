"""What happened, as typed records: one stream, in order per plan."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from groundplan.domain.frozen import Frozen, UtcDatetime


class EventType(StrEnum):
    GOAL_RECEIVED = "goal.received"
    GOAL_REFUSED = "goal.refused"
    GOAL_FAILED = "goal.failed"
    PLAN_CREATED = "plan.created"
    PLAN_VALIDATED = "plan.validated"
    PLAN_AWAITING_APPROVAL = "plan.awaiting_approval"
    PLAN_APPROVED = "plan.approved"
    PLAN_REJECTED = "plan.rejected"
    PLAN_CANCELLED = "plan.cancelled"
    RISK_RAISED = "risk.raised"


class Event(Frozen):
    """One thing that happened. `data` is JSON; it never holds goal text, inputs or secrets.

    `event_id` is given by the store: it grows, and a reader continues after the last one it has seen.
    """

    type: EventType
    at: UtcDatetime
    goal_id: str = ""
    plan_id: str = ""
    run_id: str = ""
    data: dict[str, Any] = Field(default_factory=dict)
    event_id: int | None = None
