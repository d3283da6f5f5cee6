"""Which status may follow which, for goals, plans and tasks; everything else is E5203."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from groundplan.domain.errors import ErrorCode, PlanningError


class GoalStatus(StrEnum):
    PENDING = "pending"
    DECOMPOSING = "decomposing"
    READY = "ready"
    EXECUTING = "executing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PlanStatus(StrEnum):
    """The status of a plan. `active` and `running` are read as `executing`."""

    PENDING = "pending"
    DRAFT = "draft"
    VALIDATED = "validated"
    AWAITING_APPROVAL = "awaiting_approval"
    EXECUTING = "executing"
    REPLANNING = "replanning"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"

    @classmethod
    def _missing_(cls, value: object) -> PlanStatus | None:
        return cls.EXECUTING if value in ("active", "running") else None


class TaskStatus(StrEnum):
    """The status of a task. The store's word `running` is read as `executing`."""

    PENDING = "pending"
    READY = "ready"
    EXECUTING = "executing"
    COMPLETED = "completed"
    FAILED = "failed"
    BLOCKED = "blocked"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    IN_DOUBT = "in_doubt"
    COMPENSATED = "compensated"

    @classmethod
    def _missing_(cls, value: object) -> TaskStatus | None:
        return cls.EXECUTING if value == "running" else None


Status = TypeVar("Status", GoalStatus, PlanStatus, TaskStatus)

_G, _P, _T = GoalStatus, PlanStatus, TaskStatus

GOAL_TRANSITIONS: Mapping[GoalStatus, frozenset[GoalStatus]] = {
    _G.PENDING: frozenset({_G.DECOMPOSING, _G.FAILED, _G.CANCELLED}),
    _G.DECOMPOSING: frozenset({_G.READY, _G.FAILED, _G.CANCELLED}),
    _G.READY: frozenset({_G.EXECUTING, _G.FAILED, _G.CANCELLED}),
    _G.EXECUTING: frozenset({_G.COMPLETED, _G.FAILED, _G.CANCELLED}),
    _G.COMPLETED: frozenset(),
    _G.FAILED: frozenset(),
    _G.CANCELLED: frozenset(),
}

PLAN_TRANSITIONS: Mapping[PlanStatus, frozenset[PlanStatus]] = {
    _P.PENDING: frozenset({_P.DRAFT, _P.CANCELLED}),
    _P.DRAFT: frozenset({_P.VALIDATED, _P.FAILED, _P.CANCELLED}),
    _P.VALIDATED: frozenset({_P.AWAITING_APPROVAL, _P.EXECUTING, _P.CANCELLED}),
    _P.AWAITING_APPROVAL: frozenset({_P.VALIDATED, _P.CANCELLED}),
    _P.EXECUTING: frozenset({_P.REPLANNING, _P.COMPLETED, _P.FAILED, _P.CANCELLED}),
    _P.REPLANNING: frozenset({_P.EXECUTING, _P.FAILED, _P.CANCELLED}),
    _P.COMPLETED: frozenset({_P.ROLLING_BACK}),
    _P.FAILED: frozenset({_P.ROLLING_BACK}),
    _P.CANCELLED: frozenset({_P.ROLLING_BACK}),
    _P.ROLLING_BACK: frozenset({_P.ROLLED_BACK}),
    _P.ROLLED_BACK: frozenset(),
}

_WITHDRAWN = {_T.BLOCKED, _T.SKIPPED, _T.CANCELLED}

TASK_TRANSITIONS: Mapping[TaskStatus, frozenset[TaskStatus]] = {
    _T.PENDING: frozenset({_T.READY, *_WITHDRAWN}),
    _T.READY: frozenset({_T.EXECUTING, *_WITHDRAWN}),
    _T.EXECUTING: frozenset({_T.COMPLETED, _T.FAILED, _T.CANCELLED, _T.IN_DOUBT}),
    _T.IN_DOUBT: frozenset({_T.READY, _T.COMPLETED, _T.FAILED}),
    _T.FAILED: frozenset({_T.READY, _T.PENDING}),
    _T.BLOCKED: frozenset({_T.PENDING}),
    _T.SKIPPED: frozenset({_T.PENDING}),
    _T.COMPLETED: frozenset({_T.COMPENSATED}),
    _T.CANCELLED: frozenset(),
    _T.COMPENSATED: frozenset(),
}


def check_transition(what: str, current: Status, target: Status, table: Mapping[Status, frozenset[Status]]) -> None:
    """Pass if `target` may follow `current`.

    Raises:
        PlanningError: E5203, with the statuses that may follow in `details["allowed"]`.
    """
    if target in table[current]:
        return
    allowed = sorted(status.value for status in table[current])
    raise PlanningError(
        ErrorCode.ILLEGAL_TRANSITION,
        f"{what} is {current.value!r} and cannot become {target.value!r}",
        details={"current": current.value, "target": target.value, "allowed": allowed},
        recovery_suggestion=(
            f"From {current.value!r} it can become: {', '.join(allowed)}."
            if allowed
            else f"{current.value!r} is final; make a new one instead."
        ),
    )
