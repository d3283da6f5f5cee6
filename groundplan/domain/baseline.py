"""The plan's baseline: when each of its tasks was to run, in seconds from its start.

    start, finish = as scheduled                        the version that the plan was begun with
    start, finish = since + as scheduled                a version with which its run has gone on `since` seconds later,
    start, finish = as they were                        and what was completed before that

What has happened is no deviation of a version that was made after it. A run that takes over what one before it
completed has all of that at its start.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from groundplan.domain.critical_path import critical_path
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.progress_so_far import SoFar, elapsed, planned_seconds
from groundplan.domain.schedule import Schedule


class PlannedSpan(NamedTuple):
    """From when to when a task was to run; `latest` is the latest finish that delays nothing."""

    start: float
    finish: float
    latest: float

    def share_done(self, at: float) -> float:
        """How much of it was to be done by then, from 0 to 1; one that takes no time is done at once."""
        if at >= self.finish:
            return 1.0
        return max(0.0, (at - self.start) / (self.finish - self.start)) if self.finish > self.start else 0.0


_NOT_BEGUN = SoFar()


def planned_spans(
    plan: ExecutionPlan, progress: Mapping[str, SoFar] | None = None, begun: datetime | None = None
) -> dict[str, PlannedSpan]:
    """The span of each task, by id: as scheduled, or as early as the others allow in a plan without a schedule.

    Args:
        progress: how far its tasks are, by id; one that is not there was not begun.
        begun: when the plan was begun; a version that its run has gone on with since is planned from then on.
    """
    spans, since = _of_version(plan), plan.execution_started_at or begun
    if begun is None or since is None:
        return spans
    known = progress or {}
    return {task: _since(span, known.get(task, _NOT_BEGUN), since, begun) for task, span in spans.items()}


def _since(span: PlannedSpan, state: SoFar, since: datetime, begun: datetime) -> PlannedSpan:
    """The span of a task in a version that is run since then: what was done before is planned as it was."""
    started, ended = state.started_at or state.ended_at, state.ended_at
    is_begun = started is not None and started < since
    offset = elapsed(begun, since)
    start = elapsed(begun, started) if started and is_begun else offset + span.start
    if is_begun and ended and ended <= since and state.status is TaskStatus.COMPLETED:
        finish = elapsed(begun, ended)
        return PlannedSpan(min(start, finish), finish, finish)
    return PlannedSpan(start, offset + span.finish, offset + span.latest)


def _of_version(plan: ExecutionPlan) -> dict[str, PlannedSpan]:
    schedule = plan.schedule
    if schedule is not None and all(task.task_id in schedule.windows for task in plan.tasks):
        return {task.task_id: _scheduled(schedule, task.task_id) for task in plan.tasks}
    durations = {task.task_id: planned_seconds(task) for task in plan.tasks}
    path = critical_path(durations, plan.dependency_graph.predecessors)
    return {
        task_id: PlannedSpan(path.earliest_start[task_id], path.earliest_finish[task_id], path.latest_finish[task_id])
        for task_id in durations
    }


def _scheduled(schedule: Schedule, task_id: str) -> PlannedSpan:
    slot = schedule.slot(task_id)
    # A task that waits for a resource may be put behind the latest finish that its successors alone leave it.
    return PlannedSpan(slot.start, slot.finish, max(slot.finish, schedule.windows[task_id].latest_finish))
