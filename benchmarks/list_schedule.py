"""What the scheduler's rule would reach if nothing but the tasks took time.

Whenever a worker is free, the ready task with the longest remaining path begins (list scheduling: Graham 1969, "Bounds
on multiprocessing timing anomalies"). Ties go by the order of the tasks.
"""

from __future__ import annotations

import heapq

from execution_dags import Dag


class ReadyTasks:
    """The tasks of a DAG that wait for nothing more, the longest remaining path first."""

    def __init__(self, dag: Dag) -> None:
        self._remaining = dag.remaining
        self._place = {task: place for place, task in enumerate(dag.seconds)}
        self._waits = {task: len(set(others)) for task, others in dag.before.items()}
        self._after: dict[str, list[str]] = {}
        self._heap: list[tuple[float, int, str]] = []
        for task, others in dag.before.items():
            for other in set(others):
                self._after.setdefault(other, []).append(task)
            if not others:
                self._add(task)

    def __bool__(self) -> bool:
        return bool(self._heap)

    def pop(self) -> str:
        """The next task to begin. Raises IndexError if none is ready."""
        return heapq.heappop(self._heap)[2]

    def settle(self, task: str) -> None:
        """The task has ended."""
        for later in self._after.get(task, ()):
            self._waits[later] -= 1
            if self._waits[later] == 0:
                self._add(later)

    def _add(self, task: str) -> None:
        heapq.heappush(self._heap, (-self._remaining[task], self._place[task], task))


def makespan(dag: Dag, workers: int) -> float:
    """Seconds from the first beginning to the last end on so many workers."""
    ready, running, now = ReadyTasks(dag), list[tuple[float, str]](), 0.0
    while ready or running:
        while ready and len(running) < workers:
            task = ready.pop()
            heapq.heappush(running, (now + dag.seconds[task], task))
        now, ended = heapq.heappop(running)
        ready.settle(ended)
        while running and running[0][0] <= now:  # all that end at this moment make room before anything begins
            ready.settle(heapq.heappop(running)[1])
    return now


def scaled_to(dag: Dag, seconds: float, workers: int) -> Dag:
    """The DAG with its durations scaled so that its makespan on so many workers is `seconds`.

    Raises:
        ValueError: its tasks take no time at all.
    """
    reached = makespan(dag, workers)
    if reached <= 0:
        raise ValueError(f"the tasks of {dag.name!r} take no time")
    return dag.scaled(seconds / reached)
