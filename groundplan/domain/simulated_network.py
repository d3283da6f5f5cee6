"""What a simulation walks through: the tasks in an order, what each waits for, and how far each is."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from groundplan.domain.dag import topological_order
from groundplan.domain.estimation import estimate_task
from groundplan.domain.frozen import as_utc
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.resources import ResourceEstimate
from groundplan.domain.schedule import Schedule, TaskSlot
from groundplan.domain.task import Task

_OVER = frozenset({TaskStatus.COMPLETED, TaskStatus.SKIPPED, TaskStatus.CANCELLED, TaskStatus.COMPENSATED})
_SAME_MOMENT = 1e-6
"""Two times of a schedule are one where they differ by less than this share of its length: sums are rounded."""


@dataclass(frozen=True, slots=True)
class Network:
    """Tasks by their place in an order in which each comes after those that it waits for.

    `waits[j]` are places before `j`, `earliest[j]` the seconds from now before which it does not start; `spent[j]` is
    None for a task that is over, else the seconds it has run already.
    """

    tasks: tuple[Task, ...]
    estimates: tuple[ResourceEstimate, ...]
    waits: tuple[tuple[int, ...], ...]
    earliest: tuple[float, ...]
    spent: tuple[float | None, ...]


def network(plan: ExecutionPlan, now: datetime) -> Network:
    """The plan's tasks, with the waits of its dependencies and those for resources that its schedule shows.

    Raises:
        PlanningError: E5301 if the tasks wait for each other in a circle, E5302 for one that waits for no task.
    """
    before = {task.task_id: list(task.predecessors) for task in plan.tasks}
    held_back = _add_resource_waits(before, plan.schedule) if plan.schedule is not None else {}
    gone = max(0.0, (as_utc(now) - plan.execution_started_at).total_seconds()) if plan.execution_started_at else 0.0
    order = topological_order(before)
    place = {task_id: number for number, task_id in enumerate(order)}
    by_id = {task.task_id: task for task in plan.tasks}
    tasks = tuple(by_id[task_id] for task_id in order)
    return Network(
        tasks=tasks,
        estimates=tuple(task.resource_estimate or estimate_task(task) for task in tasks),
        waits=tuple(tuple(place[other] for other in before[task_id]) for task_id in order),
        earliest=tuple(max(0.0, held_back.get(task_id, 0.0) - gone) for task_id in order),
        spent=tuple(_spent(task, now) for task in tasks),
    )


def _spent(task: Task, now: datetime) -> float | None:
    if task.status in _OVER:
        return None
    if task.status is not TaskStatus.EXECUTING or task.started_at is None:
        return 0.0
    return max(0.0, (as_utc(now) - task.started_at).total_seconds())


def _add_resource_waits(before: dict[str, list[str]], schedule: Schedule) -> dict[str, float]:
    """A task that starts later than all it depends on has waited for a place: one that is left at that moment.

    Each place that is left is taken over once, as long as there are enough; one on the same agent goes first. A task
    for which none is left is held back by something else, such as a limit of calls a minute: its start is returned.
    A schedule that does not keep to the dependencies (somebody changed them by hand) shows nothing.
    """
    slots = {task_id: schedule.slot(task_id) for task_id in before if _is_placed(schedule, task_id)}
    tolerance = _SAME_MOMENT * max(schedule.makespan, 1e-3)
    ready = {
        task_id: max((slots[other].finish for other in before[task_id] if other in slots), default=0.0)
        for task_id in slots
    }
    if any(slots[task_id].start < at - tolerance for task_id, at in ready.items()):
        return {}
    waiting = [task_id for task_id, at in ready.items() if slots[task_id].start > at + tolerance]
    left = _Places(slots, tolerance)
    held_back = {}
    for task_id in sorted(waiting, key=lambda task_id: slots[task_id].start):
        taken = left.taken_over_by(task_id)
        if taken is None:
            held_back[task_id] = slots[task_id].start
        elif taken not in before[task_id]:
            before[task_id].append(taken)
    return held_back


def _is_placed(schedule: Schedule, task_id: str) -> bool:
    return task_id in schedule.slots or task_id in schedule.windows


class _Places:
    """The tasks of a schedule by the moment at which they leave their places, and by whose places those are."""

    def __init__(self, slots: Mapping[str, TaskSlot], tolerance: float) -> None:
        self._slots = slots
        self._tolerance = tolerance
        self._moments: list[float] = []
        self._left: dict[tuple[int, str | None], deque[str]] = {}
        for task_id in sorted(slots, key=lambda task_id: slots[task_id].finish):
            # What takes no time holds no place. Waiting for it, tasks of one moment could wait in a circle.
            if slots[task_id].finish - slots[task_id].start > tolerance:
                self._leave(task_id, slots[task_id])

    def _leave(self, task_id: str, slot: TaskSlot) -> None:
        if not self._moments or slot.finish > self._moments[-1] + self._tolerance:
            self._moments.append(slot.finish)
        for whose in {None, slot.agent}:
            self._left.setdefault((len(self._moments) - 1, whose), deque()).append(task_id)

    def taken_over_by(self, task_id: str) -> str | None:
        """The task whose place this one takes over; None if nobody leaves one when it starts."""
        slot = self._slots[task_id]
        moment = bisect_right(self._moments, slot.start + self._tolerance) - 1
        if moment < 0 or slot.start > self._moments[moment] + 2 * self._tolerance:
            return None
        places = self._left.get((moment, slot.agent)) or self._left[moment, None]
        places.rotate(-1)
        return places[-1]
