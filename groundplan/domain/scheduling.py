"""When the tasks run: the critical path method over the means of the three-point estimates, within what there is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime

from groundplan.domain.capacities import UNLIMITED, Capacities
from groundplan.domain.critical_path import CriticalPath, critical_path
from groundplan.domain.dependency_graph import DependencyGraph
from groundplan.domain.frozen import as_utc
from groundplan.domain.goal import Breakdown
from groundplan.domain.phases import members_of_phases, milestones_of, phases_of
from groundplan.domain.placing import place_within
from groundplan.domain.resources import ResourceEstimate
from groundplan.domain.schedule import Schedule, TaskWindow
from groundplan.domain.schedule_search import QUICK, Effort
from groundplan.domain.task import Task

_NEAR = 0.1
"""A task is near-critical when its slack is at most this share of the makespan."""
_ROUNDING = 1e-9
"""A makespan that exceeds its bound by no more than this share is the bound."""


def make_schedule(
    tasks: Sequence[Task],
    graph: DependencyGraph,
    estimates: Mapping[str, ResourceEstimate],
    *,
    buffer_share: float,
    now: datetime,
    deadline: datetime | None = None,
    within: Capacities = UNLIMITED,
    effort: Effort = QUICK,
    breakdown: Breakdown = Breakdown.HYBRID,
) -> Schedule:
    """The schedule of the tasks if each starts as soon as its own predecessors are done, and what it needs is free.

    Args:
        estimates: by task id; durations in seconds, their PERT means are scheduled.
        buffer_share: the project buffer, as a share of the makespan.
        now: when the plan would start; only the slack to `deadline` depends on it.
        within: what there is at one time. A task that wants more of something than exists gets all of it.
        effort: how hard to look for a shorter schedule where the limits make tasks wait.
        breakdown: along which lines a plan that names no phases is divided into some.

    Raises:
        PlanningError: E5301 if the graph has a cycle; E5806 if `effort.optimize` finds no OR-Tools.
    """
    durations = {task.task_id: estimates[task.task_id].duration.mean for task in tasks}
    free = critical_path(durations, graph.predecessors)
    placing = place_within(tasks, graph.predecessors, durations, estimates, free, within, effort)
    path = placing.path
    windows = _windows(path)
    phases = phases_of(members_of_phases(tasks, breakdown, windows, placing.slots, estimates), windows)
    buffer = path.length * buffer_share
    spare = (as_utc(deadline) - as_utc(now)).total_seconds() - path.length - buffer if deadline else None
    return Schedule(
        windows=windows,
        makespan=path.length,
        buffer=buffer,
        critical_path=list(path.path),
        near_critical=_near_critical(windows, path.length),
        phases=phases,
        milestones=milestones_of(tasks, phases, path.length),
        std=math.sqrt(sum(estimates[task_id].duration.std ** 2 for task_id in path.path)),
        deadline=deadline,
        deadline_slack=spare,
        at_once=placing.at_once,
        method=placing.method,
        slots=placing.slots,
        resources=placing.resources,
        lower_bound=placing.bound,
        proven_optimal=path.length <= placing.bound * (1 + _ROUNDING),
    )


def _windows(path: CriticalPath[str]) -> dict[str, TaskWindow]:
    return {
        task_id: TaskWindow(
            start,
            path.earliest_finish[task_id],
            path.latest_start[task_id],
            path.latest_finish[task_id],
            path.total_slack[task_id],
            path.free_slack[task_id],
        )
        for task_id, start in path.earliest_start.items()
    }


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
