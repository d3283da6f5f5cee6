"""When the tasks run: the critical path method over the means of the three-point estimates, in so many places."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from groundplan.domain.critical_path import critical_path
from groundplan.domain.dependency_graph import DependencyGraph
from groundplan.domain.frozen import as_utc
from groundplan.domain.list_schedule import places_waited_for
from groundplan.domain.resources import ResourceEstimate
from groundplan.domain.schedule import Milestone, Phase, Schedule, TaskWindow
from groundplan.domain.task import Task

_NEAR = 0.1
"""A task is near-critical when its slack is at most this share of the makespan."""


def make_schedule(
    tasks: Sequence[Task],
    graph: DependencyGraph,
    estimates: Mapping[str, ResourceEstimate],
    *,
    buffer_share: float,
    now: datetime,
    deadline: datetime | None = None,
    at_once: int | None = None,
) -> Schedule:
    """The schedule of the tasks if each starts as soon as its own predecessors are done, and a place is free.

    Args:
        estimates: by task id; durations in seconds, their PERT means are scheduled.
        buffer_share: the project buffer, as a share of the makespan.
        now: when the plan would start; only the slack to `deadline` depends on it.
        at_once: how many tasks may run at a time; None for any number.

    Raises:
        PlanningError: E5301 if the graph has a cycle.
    """
    durations = {task.task_id: estimates[task.task_id].duration.mean for task in tasks}
    path = critical_path(durations, graph.predecessors)
    took = places_waited_for(durations, graph.predecessors, path, at_once) if at_once else {}
    if took:
        waits = {task_id: _with(graph.predecessors.get(task_id, ()), took.get(task_id)) for task_id in durations}
        path = critical_path(durations, waits)
    windows = {
        task_id: TaskWindow(
            path.earliest_start[task_id],
            path.earliest_finish[task_id],
            path.latest_start[task_id],
            path.latest_finish[task_id],
            path.total_slack[task_id],
            path.free_slack[task_id],
        )
        for task_id in durations
    }
    buffer = path.length * buffer_share
    spare = (as_utc(deadline) - as_utc(now)).total_seconds() - path.length - buffer if deadline else None
    return Schedule(
        windows=windows,
        makespan=path.length,
        buffer=buffer,
        critical_path=list(path.path),
        near_critical=_near_critical(windows, path.length),
        phases=_phases(tasks, windows),
        milestones=_milestones(tasks, windows, path.length),
        std=math.sqrt(sum(estimates[task_id].duration.std ** 2 for task_id in path.path)),
        deadline=deadline,
        deadline_slack=spare,
        **({"at_once": at_once, "method": f"list schedule, at most {at_once} at once"} if took else {}),
    )


def _with(before: Collection[str], other: str | None) -> list[str]:
    return [*before] if other is None or other in before else [*before, other]


def probability_of_lateness(schedule: Schedule, available_seconds: float) -> float:
    """The chance that the critical path takes longer than `available_seconds`.

    `1 - Φ((T - μ) / σ)`, the normal approximation of PERT (Malcolm et al. 1959); paths that merge make
    the true chance a little higher.
    """
    if schedule.std == 0:
        return float(schedule.makespan > available_seconds)
    z = (available_seconds - schedule.makespan) / schedule.std
    return 0.5 * math.erfc(z / math.sqrt(2))


def _near_critical(windows: Mapping[str, TaskWindow], makespan: float) -> list[str]:
    tolerance = 1e-9 * max(makespan, 1.0)
    return [task_id for task_id, window in windows.items() if tolerance < window.total_slack <= _NEAR * makespan]


def _by_phase(tasks: Sequence[Task]) -> dict[str, list[str]]:
    members: dict[str, list[str]] = {}
    for task in tasks:
        if task.phase:
            members.setdefault(task.phase, []).append(task.task_id)
    return members


def _phases(tasks: Sequence[Task], windows: Mapping[str, TaskWindow]) -> list[Phase]:
    return [
        Phase(
            name=name,
            task_ids=members,
            start=min(windows[task_id].earliest_start for task_id in members),
            finish=max(windows[task_id].earliest_finish for task_id in members),
        )
        for name, members in _by_phase(tasks).items()
    ]


def _milestones(tasks: Sequence[Task], windows: Mapping[str, TaskWindow], makespan: float) -> list[Milestone]:
    ends = [
        Milestone(name=f"{name} done", task_ids=members, at=max(windows[i].earliest_finish for i in members))
        for name, members in _by_phase(tasks).items()
    ]
    waited_for = {other for task in tasks for other in task.predecessors}
    last = [task.task_id for task in tasks if task.task_id not in waited_for]
    return [*ends, Milestone(name="plan done", task_ids=last, at=makespan)]
