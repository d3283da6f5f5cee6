"""Which tasks are over before another one begins."""

from __future__ import annotations

from collections.abc import Sequence

from groundplan.domain.dependency_graph import bindings
from groundplan.domain.task import Task


class Ancestry:
    """Answers for one plan whether a task waits for another, directly or not: O(n + e). A binding is a wait, said or
    not."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._waits: dict[str, list[str]] = {}
        for task in tasks:
            bound = [source for _, source, _ in bindings(task)]
            self._waits.setdefault(task.task_id, [*task.predecessors, *bound])

    def __contains__(self, task_id: object) -> bool:
        return task_id in self._waits

    def is_before(self, earlier: str, task_id: str) -> bool:
        """Whether `earlier` is over when `task_id` begins."""
        seen: set[str] = set()
        pending = [task_id]
        while pending:
            fresh = [other for other in self._waits.get(pending.pop(), ()) if other not in seen]
            if earlier in fresh:
                return True
            seen.update(fresh)
            pending += fresh
        return False
