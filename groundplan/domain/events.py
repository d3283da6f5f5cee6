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
    PLAN_STARTED = "plan.started"
    PLAN_REPLANNED = "plan.replanned"
    PLAN_KEPT = "plan.kept"
    PLAN_DRIFTED = "plan.drifted"
    PLAN_RECOVERED = "plan.recovered"
    PLAN_COMPLETED = "plan.completed"
    PLAN_FAILED = "plan.failed"
    PLAN_CANCELLED = "plan.cancelled"
    PLAN_ROLLED_BACK = "plan.rolled_back"
    TASK_READY = "task.ready"
    TASK_ASSIGNED = "task.assigned"
    TASK_STARTED = "task.started"
    TASK_PROGRESS = "task.progress"
    TASK_COMPLETED = "task.completed"
    TASK_FAILED = "task.failed"
    TASK_RETRYING = "task.retrying"
    TASK_SKIPPED = "task.skipped"
    TASK_BLOCKED = "task.blocked"
    TASK_CANCELLED = "task.cancelled"
    TASK_IN_DOUBT = "task.in_doubt"
    TASK_COMPENSATED = "task.compensated"
    RISK_RAISED = "risk.raised"
    RISK_MITIGATED = "risk.mitigated"
    ISSUE_OPENED = "issue.opened"
    ISSUE_ESCALATED = "issue.escalated"
    ISSUE_CLOSED = "issue.closed"


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
