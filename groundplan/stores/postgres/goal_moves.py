"""Moving a goal along inside a transaction that moves something else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from groundplan.domain.events import Event
from groundplan.domain.lifecycle import GOAL_TRANSITIONS, GoalStatus
from groundplan.stores.postgres.plan_rows import events_json
from groundplan.stores.postgres.reader import Transaction


async def move_goal(
    transaction: Transaction,
    goal_id: str,
    status: GoalStatus,
    events: Sequence[Event] = (),
    error: dict[str, Any] | None = None,
) -> bool:
    """Move the goal unless it has the status or a final one; False if there is no such goal."""
    goal = await transaction.row("lock_goal", goal_id=goal_id)
    if goal is None:
        return False
    present = GoalStatus(goal["status"])
    if present is not status and GOAL_TRANSITIONS[present]:
        told = json.dumps(error) if error else None
        await transaction.do("set_goal_status", goal_id=goal_id, status=status.value, error=told)
        await transaction.do("add_events", events=events_json(events).decode())
    return True
