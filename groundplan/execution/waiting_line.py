"""The tasks that are ready, in the order in which they are claimed: one line for each kind of agent they need.

If no agent is free for one task, none is for the others of its kind: the whole line stands back, and thousands of tasks
that wait for one busy agent cost no more than one.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable
from typing import NamedTuple

from groundplan.domain.task import Task

Kind = Hashable


class Place(NamedTuple):
    """Where a task stands: minus its remaining path, its place in the plan, its id."""

    before: float
    number: int
    task_id: str


class WaitingLine:
    """Places by kind. Taking one is O(kinds + log n)."""

    def __init__(self) -> None:
        self._by_kind: dict[Kind, list[Place]] = {}
        self._open: set[Kind] = set()
        self._aside: list[tuple[Kind, Place]] = []

    def __bool__(self) -> bool:
        return bool(self._by_kind or self._aside)

    def join(self, task: Task, kind: Kind, remaining: float) -> None:
        """The task is ready; of two, the one with more `remaining` (seconds of path behind it) goes first."""
        self._push(kind, Place(-remaining, task.sequence_order, task.task_id))

    def open(self) -> None:
        """Look at everybody again, also those who stood back or aside."""
        for kind, place in self._aside:
            self._push(kind, place)
        self._aside.clear()
        self._open = set(self._by_kind)

    def take(self) -> tuple[Kind, Place] | None:
        """The first of those who do not stand back; None if there is nobody."""
        if not self._open:
            return None
        kind = min(self._open, key=self._first) if len(self._open) > 1 else next(iter(self._open))
        line = self._by_kind[kind]
        place = heapq.heappop(line)
        if not line:
            del self._by_kind[kind]
            self._open.discard(kind)
        return kind, place

    def stand_back(self, kind: Kind, place: Place) -> None:
        """Nobody of this kind can go on before the line is opened again."""
        self._push(kind, place)
        self._open.discard(kind)

    def step_aside(self, kind: Kind, place: Place) -> None:
        """This one cannot go on before the line is opened again; others of its kind may."""
        self._aside.append((kind, place))

    def dismiss_aside(self) -> list[Place]:
        """Take those who stepped aside out of the line."""
        dismissed = [place for _, place in self._aside]
        self._aside.clear()
        return dismissed

    def _first(self, kind: Kind) -> Place:
        return self._by_kind[kind][0]

    def _push(self, kind: Kind, place: Place) -> None:
        line = self._by_kind.get(kind)
        if line is None:
            self._by_kind[kind] = [place]
            self._open.add(kind)
        else:
            heapq.heappush(line, place)
