"""The plan's baseline: when each of its tasks was to run, in seconds from its start."""

from __future__ import annotations

from typing import NamedTuple

from groundplan.domain.critical_path import critical_path
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.progress_so_far import planned_seconds
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


def planned_spans(plan: ExecutionPlan) -> dict[str, PlannedSpan]:
    """The span of each task, by id: as scheduled, or as early as the others allow in a plan without a schedule."""
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
