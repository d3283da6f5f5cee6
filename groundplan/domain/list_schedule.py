"""Tasks that may not all run at once: who waits for whose place.

Serial list scheduling by the latest start of the critical path method (Graham 1969; Kolisch 1996): whenever a place is
free, the task that has to start first of those that could begins. At most 2 - 1/m times the shortest on m places.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Hashable, Mapping
from typing import TypeVar

from groundplan.domain.critical_path import CriticalPath

K = TypeVar("K", bound=Hashable)


def places_waited_for(
    durations: Mapping[K, float], predecessors: Mapping[K, Collection[K]], path: CriticalPath[K], places: int
) -> dict[K, K]:
    """The task whose place each task takes over, when at most `places` run at a time; no entry for one that finds a
    place that nobody had, and none at all where so many never run at once.

    Together with `predecessors` these waits leave no cycle, and the critical path over both is the list schedule.
    """
    if len(durations) <= places or _most_at_once(path) <= places:
        return {}
    number = {task: place for place, task in enumerate(durations)}
    waiting = {task: len(set(predecessors.get(task, ()))) for task in durations}
    after = _successors(durations, predecessors)
    ready = [(path.latest_start[task], number[task], task) for task in durations if not waiting[task]]
    heapq.heapify(ready)
    running: list[tuple[float, int, K]] = []
    vacated: list[K | None] = [None] * places
    took: dict[K, K] = {}
    now = 0.0
    while ready or running:
        while ready and vacated:
            task = heapq.heappop(ready)[2]
            before = vacated.pop()
            if before is not None:
                took[task] = before
            heapq.heappush(running, (now + durations[task], number[task], task))
        now = running[0][0]
        while running and running[0][0] <= now:
            _, _, ended = heapq.heappop(running)
            vacated.append(ended)
            for task in after[ended]:
                waiting[task] -= 1
                if not waiting[task]:
                    heapq.heappush(ready, (path.latest_start[task], number[task], task))
    return took


def _successors(tasks: Collection[K], predecessors: Mapping[K, Collection[K]]) -> dict[K, list[K]]:
    after: dict[K, list[K]] = {task: [] for task in tasks}
    for task in tasks:
        for other in set(predecessors.get(task, ())):
            after[other].append(task)
    return after


def _most_at_once(path: CriticalPath[K]) -> int:
    """How many run at the busiest moment if each starts as early as it can; one that takes no time counts too."""
    moments = [(start, 1) for start in path.earliest_start.values()]
    moments += [(finish, 0) for finish in path.earliest_finish.values()]
    running = most = 0
    for _, begins in sorted(moments):
        running += 1 if begins else -1
        most = max(most, running)
    return most
