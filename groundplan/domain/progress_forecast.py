"""When the tasks that are left will be done, as it looks now.

    left = mean                               not begun
    left = elapsed · (1 - p) / p              under way, reported to be p done (at its own pace, from a tenth on)
    left = mean · (1 - p)                     under way, reported to be less than that
    left = max(mean - elapsed, (pessimistic - elapsed) / 2, 0)     under way, and tells nothing

and from there each as soon as what it waits for is done and one of the plan's places is free, those first that were to
begin first (list scheduling, Graham 1969).
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from groundplan.domain.baseline import planned_spans
from groundplan.domain.dag import ordered
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.progress_so_far import SoFar, elapsed, planned_seconds
from groundplan.domain.resources import NOTHING
from groundplan.domain.task import Task

Rank = tuple[bool, float]

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
    at_once = plan.schedule.at_once if plan.schedule is not None else None
    spans = planned_spans(plan) if at_once else {}
    begun = {task_id: known[task_id].started_at is None for task_id in left}
    rank = {task_id: (begun[task_id], spans[task_id].start if at_once else 0.0) for task_id in left}
    finishes = _finishes(left, before, rank, at_once or len(left))
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
    left: Mapping[str, float], before: Mapping[str, Collection[str]], rank: Mapping[str, Rank], places: int
) -> dict[str, float]:
    """Seconds from now, by id: whenever a place is free, the ready task of the lowest rank takes it."""
    order, after = ordered(left, before)
    number = {task_id: position for position, task_id in enumerate(order)}
    waiting = {task_id: len(before[task_id]) for task_id in left}
    ready = [(rank[task_id], number[task_id], task_id) for task_id in order if not waiting[task_id]]
    heapq.heapify(ready)
    running: list[tuple[float, int, str]] = []
    finishes: dict[str, float] = {}
    at = 0.0
    while ready or running:
        while ready and len(running) < places:
            task_id = heapq.heappop(ready)[2]
            heapq.heappush(running, (at + left[task_id], number[task_id], task_id))
        at, _, ended = heapq.heappop(running)
        finishes[ended] = at
        for task_id in after[ended]:
            waiting[task_id] -= 1
            if not waiting[task_id]:
                heapq.heappush(ready, (rank[task_id], number[task_id], task_id))
    return finishes
