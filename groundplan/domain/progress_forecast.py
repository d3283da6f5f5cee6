"""When the tasks that are left will be done, as it looks now.

    left = mean                               not begun
    left = elapsed · (1 - p) / p              under way, reported to be p done (at its own pace, from a tenth on)
    left = mean · (1 - p)                     under way, reported to be less than that
    left = max(mean - elapsed, (pessimistic - elapsed) / 2, 0)     under way, and tells nothing

and from there the critical path over what is left, in as many places as the plan was scheduled for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from groundplan.domain.critical_path import critical_path
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.list_schedule import places_waited_for
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.progress_so_far import SoFar, elapsed, planned_seconds
from groundplan.domain.resources import NOTHING
from groundplan.domain.task import Task

LEFT = frozenset({TaskStatus.PENDING, TaskStatus.READY, TaskStatus.EXECUTING, TaskStatus.IN_DOUBT})
"""The statuses of tasks that have an end before them."""
_OWN_PACE = 10.0
_FURTHEST = 3.0e9
"""Seconds, some 95 years: what lies further off than dates reach is not forecast."""


def forecast_finishes(plan: ExecutionPlan, progress: Mapping[str, SoFar], now: datetime) -> dict[str, datetime]:
    """When each task that is left will be done, by id, if nothing else happens; no entry for the others."""
    known = {task.task_id: progress.get(task.task_id, SoFar()) for task in plan.tasks}
    left = {
        task.task_id: seconds_left(task, known[task.task_id], now)
        for task in plan.tasks
        if known[task.task_id].status in LEFT
    }
    waits = plan.dependency_graph.predecessors
    before = {task_id: [other for other in waits.get(task_id, ()) if other in left] for task_id in left}
    finishes = _finishes(left, before, plan.schedule.at_once if plan.schedule is not None else None)
    return {task_id: now + timedelta(seconds=at) for task_id, at in finishes.items() if at < _FURTHEST}


def seconds_left(task: Task, state: SoFar, now: datetime) -> float:
    """How much work is left of the task; none of one that has ended, or cannot go on."""
    if state.status not in LEFT or state.status is TaskStatus.IN_DOUBT:
        return 0.0
    mean = planned_seconds(task)
    spent = elapsed(state.started_at, now) if state.started_at else 0.0
    if state.reported is not None:
        share = state.reported / 100
        return spent * (1 - share) / share if spent and state.reported >= _OWN_PACE else mean * (1 - share)
    if state.status is not TaskStatus.EXECUTING:
        return mean
    pessimistic = (task.resource_estimate.duration if task.resource_estimate else NOTHING).pessimistic
    return max(mean - spent, (pessimistic - spent) / 2, 0.0)


def _finishes(
    left: Mapping[str, float], before: Mapping[str, Collection[str]], at_once: int | None
) -> dict[str, float]:
    """Seconds from now, by id."""
    path = critical_path(left, before)
    took = places_waited_for(left, before, path, at_once) if at_once else {}
    if took:
        path = critical_path(left, {task_id: {*before[task_id], *_one(took.get(task_id))} for task_id in left})
    return path.earliest_finish


def _one(task_id: str | None) -> Collection[str]:
    return () if task_id is None else (task_id,)
