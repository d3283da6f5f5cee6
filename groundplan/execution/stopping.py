"""Why a run begins nothing more, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from groundplan.domain.execution import FailurePolicy
from groundplan.domain.ledger import TaskState
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.ready_set import ENDED, ReadySet


class Ending(StrEnum):
    """Why the scheduler has stopped.

    `failed`: what could go on has gone on (or nothing should). `replan`: the rest should be planned anew. `waiting`: a
    task in doubt needs a person. `drained`: somebody else is to go on.
    """

    COMPLETED = "completed"
    FAILED = "failed"
    REPLAN = "replan"
    WAITING = "waiting"
    CANCELLED = "cancelled"
    DRAINED = "drained"


class Stop:
    """Whether, and why, nothing more is begun. A cancellation weighs more than whatever came before it."""

    def __init__(self) -> None:
        self.ending: Ending | None = None
        self.why = ""

    def __bool__(self) -> bool:
        return self.ending is not None

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody cancelled the run."""
        return self.ending is Ending.CANCELLED

    @property
    def is_drained(self) -> bool:
        """Whether the runner is to hand the run over."""
        return self.ending is Ending.DRAINED

    @property
    def is_final(self) -> bool:
        """Whether no attempt follows any more, here or by whoever resumes."""
        return bool(self) and not self.is_drained

    def set(self, ending: Ending, why: str) -> None:
        """Stop, unless that was done for another reason already."""
        if self.ending is None or ending is Ending.CANCELLED:
            self.ending, self.why = ending, why

    def drain(self) -> None:
        """Hand the run over, also where the rest was to be planned anew: whoever resumes finds the reason again."""
        self.ending = Ending.DRAINED


def ends_the_plan(task_id: str, ready: ReadySet, policy: FailurePolicy) -> bool:
    """Whether the failure of this task lets nothing more begin."""
    if policy is FailurePolicy.CONTINUE or ready.tasks[task_id].optional:
        return False
    return not ready.is_handled(task_id)


def ending_of(stop: Stop, ready: ReadySet, states: Mapping[str, TaskState]) -> tuple[Ending, str]:
    """How a run ends of which nothing runs any more, and why in words."""
    if stop.ending in (Ending.CANCELLED, Ending.DRAINED):
        return stop.ending, stop.why
    statuses = {task_id: states[task_id].status if task_id in states else TaskStatus.PENDING for task_id in ready.tasks}
    if TaskStatus.IN_DOUBT in statuses.values():
        return Ending.WAITING, stop.why
    if stop.ending is not None:
        return stop.ending, stop.why
    failed = [task_id for task_id, status in statuses.items() if status is TaskStatus.FAILED]
    if unforgiven := [task_id for task_id in failed if not _is_forgiven(task_id, ready)]:
        return Ending.FAILED, f"{len(unforgiven)} tasks failed, the first is {unforgiven[0]!r}"
    stuck = [task_id for task_id, status in statuses.items() if status not in ENDED]
    blocked = [task_id for task_id, status in statuses.items() if status is TaskStatus.BLOCKED]
    if stuck or blocked:
        return Ending.FAILED, f"task {(stuck + blocked)[0]!r} cannot go on"
    return Ending.COMPLETED, ""


def _is_forgiven(task_id: str, ready: ReadySet) -> bool:
    """Whether the plan holds without the task, or another one has made up for its failure."""
    return ready.tasks[task_id].optional or ready.is_handled(task_id, by=_MADE_UP)


_MADE_UP = frozenset({TaskStatus.COMPLETED})
