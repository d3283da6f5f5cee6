"""How far each task is, and what it has taken: from the ledger's lines and from what was reported.

    percent = 100                                   a completed task
    percent = the latest report on this attempt     one that is under way, if there is a report
    percent = min(100 · elapsed / mean, 90)         one that is under way and tells nothing
    percent = 0                                     any other

The third line credits time as work, as earned value does with a level of effort (PMI, Practice Standard for Earned
Value Management): a task that takes as long as it was to take is not behind for telling nothing. Only a report, or its
end, earns the last tenth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from groundplan.domain.feedback import Actuals
from groundplan.domain.frozen import Frozen, UtcDatetime
from groundplan.domain.ledger import EntryKind, LedgerEntry, TaskState, fold
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.task import Task

_MOST_BY_TIME = 90.0
_OUTCOMES = frozenset(
    {EntryKind.COMPLETED, EntryKind.FAILED, EntryKind.RETRYING, EntryKind.CANCELLED, EntryKind.IN_DOUBT}
)


class TaskReport(Frozen):
    """The latest that was told of a task: how far its `attempt` is, `highest` what was told of that attempt before.

    `actuals` are the latest that came with feedback; `heard_at` is when anything was last heard of it.
    """

    task_id: str
    attempt: int = 0
    percent: float | None = Field(default=None, ge=0, le=100)
    highest: float | None = Field(default=None, ge=0, le=100)
    actuals: Actuals | None = None
    heard_at: UtcDatetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SoFar:
    """One task at one moment. Not a model: a plan may have 10,000 of them.

    Attributes:
        percent: what it has earned, 0 to 100; `reported` the same as it was told, None if nobody told anything.
        went_back: whether more was told of this attempt before.
        seconds: of work, all attempts together, until now.
        tokens, cost: used so far, all attempts together.
        heard_at: when anything was last heard of it: its start, its end, a report; None for one that was not begun.
    """

    status: TaskStatus = TaskStatus.PENDING
    percent: float = 0.0
    reported: float | None = None
    went_back: bool = False
    started_at: datetime | None = None
    ended_at: datetime | None = None
    seconds: float = 0.0
    tokens: int = 0
    cost: float = 0.0
    attempts: int = 0
    heard_at: datetime | None = None


def so_far(
    plan: ExecutionPlan, entries: Iterable[LedgerEntry], reports: Iterable[TaskReport], now: datetime
) -> dict[str, SoFar]:
    """Where every task of the plan stands, by id. What is told of tasks that the plan has not is left out.

    Args:
        entries: the ledger of the plan's run, in the order written.
        reports: the latest of each task.
        now: later than all of it; where a clock has jumped back, nothing counts as less than no time.
    """
    written = list(entries)
    states, worked = fold(written), seconds_of_work(written, now)
    told = {report.task_id: report for report in reports}
    return {
        task.task_id: _of_task(
            task, states.get(task.task_id), worked.get(task.task_id, 0.0), told.get(task.task_id), now
        )
        for task in plan.tasks
    }


def seconds_of_work(entries: Iterable[LedgerEntry], now: datetime) -> dict[str, float]:
    """How long the attempts at each task took, added up; one that is under way counts until `now`."""
    began: dict[str, datetime] = {}
    worked: dict[str, float] = {}
    for entry in entries:
        if entry.kind is EntryKind.CLAIMED:
            began[entry.task_id] = entry.at
        elif entry.kind in _OUTCOMES and entry.task_id in began:
            took = elapsed(began.pop(entry.task_id), entry.at)
            worked[entry.task_id] = worked.get(entry.task_id, 0.0) + took
    for task_id, since in began.items():
        worked[task_id] = worked.get(task_id, 0.0) + elapsed(since, now)
    return worked


def elapsed(since: datetime, until: datetime) -> float:
    """Seconds from one moment to the other; none if the clock went back between them."""
    return max(0.0, (until - since).total_seconds())


def planned_seconds(task: Task) -> float:
    """The mean of its estimate; 0 for a task without one."""
    return task.resource_estimate.duration.mean if task.resource_estimate else 0.0


def _of_task(task: Task, state: TaskState | None, worked: float, report: TaskReport | None, now: datetime) -> SoFar:
    state = state or TaskState()
    is_current = report is not None and report.attempt == state.attempt
    reported = report.percent if report is not None and is_current else None
    actuals = (report.actuals if report else None) or Actuals()
    return SoFar(
        status=state.status,
        percent=_percent(task, state, reported, now),
        reported=reported,
        went_back=bool(reported is not None and report and report.highest and report.highest > reported),
        started_at=state.started_at,
        ended_at=state.ended_at,
        seconds=worked if actuals.duration_seconds is None else actuals.duration_seconds,
        # Feedback tells totals, and what was told of work done outside is in the ledger too: it must not count twice.
        tokens=max(state.tokens, actuals.tokens),
        cost=max(state.cost, actuals.cost),
        attempts=state.claims,
        heard_at=_latest(state.started_at, state.ended_at, report.heard_at if report else None),
    )


def _percent(task: Task, state: TaskState, reported: float | None, now: datetime) -> float:
    if state.status is TaskStatus.COMPLETED:
        return 100.0
    if state.status not in (TaskStatus.EXECUTING, TaskStatus.PENDING, TaskStatus.READY, TaskStatus.IN_DOUBT):
        return 0.0
    if reported is not None:
        return reported
    planned = planned_seconds(task)
    if state.status is not TaskStatus.EXECUTING or state.started_at is None or planned <= 0:
        return 0.0
    return min(_MOST_BY_TIME, 100 * elapsed(state.started_at, now) / planned)


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)
