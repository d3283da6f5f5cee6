"""The times of tasks that wait for each other's resources as well: the critical path over both kinds of waits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import groupby

from groundplan.domain.capacities import WINDOW_SECONDS, Workload
from groundplan.domain.critical_path import CriticalPath, critical_path
from groundplan.domain.list_schedule import Dispatched

_WINDOW = "\0"
"""Begins the id of the minute that a call counts in; no task's id holds it, as Postgres takes none that does."""


def path_within(work: Workload, done: Dispatched) -> CriticalPath[str]:
    """The critical path if every task also waits for those whose resources it took over.

    A minute that other calls wait for is a task of its own beside its call: with the same predecessors, and as long as
    the window. The call may not slip further than its minute.
    """
    waits = {task: _joined(work.predecessors.get(task, ()), done.waits.get(task, ())) for task in work.durations}
    minutes = dict.fromkeys(other for others in done.call_waits.values() for other in others)
    if not minutes:
        return critical_path(work.durations, waits)
    for task, others in done.call_waits.items():
        waits[task] = _joined(waits[task], [_WINDOW + other for other in others])
    waits |= {_WINDOW + task: waits[task] for task in minutes}
    durations = {**work.durations, **{_WINDOW + task: WINDOW_SECONDS for task in minutes}}
    return _without_windows(critical_path(durations, waits), work.durations)


def _joined(before: Collection[str], others: Collection[str]) -> list[str]:
    return list(dict.fromkeys([*before, *others])) if others else list(before)


def _without_windows(path: CriticalPath[str], tasks: Mapping[str, float]) -> CriticalPath[str]:
    slack, free = path.total_slack, path.free_slack
    total_slack = {task: min(slack[task], slack.get(_WINDOW + task, slack[task])) for task in tasks}
    return replace(
        path,
        earliest_start={task: path.earliest_start[task] for task in tasks},
        earliest_finish={task: path.earliest_finish[task] for task in tasks},
        latest_start={task: path.earliest_start[task] + total_slack[task] for task in tasks},
        latest_finish={task: path.earliest_finish[task] + total_slack[task] for task in tasks},
        total_slack=total_slack,
        free_slack={task: min(free[task], free.get(_WINDOW + task, free[task])) for task in tasks},
        path=tuple(task for task, _ in groupby(task.removeprefix(_WINDOW) for task in path.path)),
        critical=tuple(task for task in tasks if not total_slack[task]),
    )
