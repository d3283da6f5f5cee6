"""The critical path method (Kelley and Walker 1959): when each task can and must run.

    ES(j) = max EF(i), i → j      EF(j) = ES(j) + d(j)
    LF(i) = min LS(j), i → j      LS(i) = LF(i) - d(i)
    total slack = LS - ES         free slack(i) = min ES(j) - EF(i), i → j

A task without predecessors starts at 0; one without successors may finish as late as the whole.

Plain dictionaries: 8 tasks take 20 µs, 10,000 in a chain 19 ms. rustworkx finds the longest path of the same graphs
in 6 µs and 5 ms (graph building included), but has neither the backward pass nor slack, which are most of the work.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from groundplan.domain.dag import ordered

K = TypeVar("K", bound=Hashable)

_TOLERANCE = 1e-9
"""Slack below this share of the length is the rounding of sums, not slack."""


@dataclass(frozen=True, slots=True)
class CriticalPath(Generic[K]):
    """Times per id, in the unit of the durations, counted from the start of the project.

    Attributes:
        length: the finish of the last task; no schedule is shorter.
        path: one longest chain from a task without predecessors to one without successors; of equals, the one
            whose last, last but one, … task comes first in the given order.
        critical: every task whose delay delays the whole, in the given order.
    """

    earliest_start: dict[K, float]
    earliest_finish: dict[K, float]
    latest_start: dict[K, float]
    latest_finish: dict[K, float]
    total_slack: dict[K, float]
    free_slack: dict[K, float]
    length: float
    path: tuple[K, ...]
    critical: tuple[K, ...]


def critical_path(durations: Mapping[K, float], predecessors: Mapping[K, Collection[K]]) -> CriticalPath[K]:
    """Schedule every task as early and as late as the others allow. O(V + E).

    Args:
        durations: one per task, at least 0 and finite; the mapping's order decides ties.
        predecessors: the tasks that each task waits for; a task that is no key here waits for none.

    Raises:
        ValueError: a duration is negative, infinite or not a number.
        PlanningError: E5301 with `details["cycle"]`, E5302 for a task or predecessor without a duration.
    """
    for task, duration in durations.items():
        if not 0 <= duration < math.inf:
            raise ValueError(f"The duration of {task!r} is {duration!r}; it must be finite and not negative")
    order, successors = ordered(durations, predecessors)
    start: dict[K, float] = dict.fromkeys(durations, 0.0)
    finish: dict[K, float] = dict.fromkeys(durations, 0.0)
    length = 0.0
    for task in order:
        end = start[task] + durations[task]
        finish[task] = end
        if end > length:
            length = end
        for after in successors[task]:
            if end > start[after]:
                start[after] = end
    latest_start, latest_finish, free = _backward(durations, order, successors, (start, finish), length)
    slack = {task: latest_start[task] - at for task, at in start.items()}
    return CriticalPath(
        earliest_start=start,
        earliest_finish=finish,
        latest_start=latest_start,
        latest_finish=latest_finish,
        total_slack=slack,
        free_slack=free,
        length=length,
        path=_longest_chain(finish, start, predecessors, successors, length),
        critical=tuple([task for task, spare in slack.items() if not spare]),
    )


def _backward(
    durations: Mapping[K, float],
    order: list[K],
    successors: Mapping[K, list[K]],
    early: tuple[Mapping[K, float], Mapping[K, float]],
    length: float,
) -> tuple[dict[K, float], dict[K, float], dict[K, float]]:
    """Latest start, latest finish and free slack; slack within the tolerance is exactly 0."""
    start, finish = early
    latest_start: dict[K, float] = dict.fromkeys(durations, 0.0)
    latest_finish: dict[K, float] = dict.fromkeys(durations, 0.0)
    free: dict[K, float] = dict.fromkeys(durations, 0.0)
    tolerance = _TOLERANCE * length
    for task in reversed(order):
        late = soon = length
        for after in successors[task]:
            if latest_start[after] < late:
                late = latest_start[after]
            if start[after] < soon:
                soon = start[after]
        if late - finish[task] <= tolerance:
            latest_start[task], latest_finish[task] = start[task], finish[task]
        else:
            latest_start[task], latest_finish[task] = late - durations[task], late
            free[task] = soon - finish[task]
    return latest_start, latest_finish, free


def _longest_chain(
    finish: Mapping[K, float],
    start: Mapping[K, float],
    predecessors: Mapping[K, Collection[K]],
    successors: Mapping[K, list[K]],
    length: float,
) -> tuple[K, ...]:
    task = next((t for t, end in finish.items() if end == length and not successors[t]), None)
    if task is None:
        return ()
    rank: dict[K, int] | None = None
    chain = [task]
    while before := predecessors.get(task, ()):
        ties = [other for other in before if finish[other] == start[task]]
        if len(ties) > 1:
            rank = rank or {t: index for index, t in enumerate(finish)}
            ties.sort(key=rank.__getitem__)
        task = ties[0]
        chain.append(task)
    return tuple(reversed(chain))
