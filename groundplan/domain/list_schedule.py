"""Tasks that may not all run at once: when each starts, on whose place, and whose place it had to wait for.

List scheduling (Graham 1969; Kolisch 1996, "Serial and parallel resource-constrained project scheduling methods
revisited"): whenever something becomes free, the first of the ready tasks that fits begins. On m places and nothing
else that is at most 2 - 1/m times the shortest.

What ends hands its resources on, and each task remembers from whom it took them (the resource flow network of Artigues,
Michelon and Reusser 2003). Any times that keep the predecessors and those waits keep the limits too.
"""

from __future__ import annotations

import heapq
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from groundplan.domain.capacities import CALL, WINDOW_SECONDS, Need, Workload
from groundplan.domain.dag import ordered


@dataclass(frozen=True, slots=True)
class Dispatched:
    """Who ran when. `waits` has, per task, those whose resources it took over; `call_waits` those whose calls had to
    leave the minute's window first."""

    start: dict[str, float]
    agent: dict[str, int]
    waits: dict[str, list[str]]
    call_waits: dict[str, list[str]]
    makespan: float


def dispatch(work: Workload, rank: Mapping[str, float]) -> Dispatched:
    """Begin whatever is ready and fits, the lowest rank first; ties in the plan's order."""
    return _ByRank(work, rank).run()


def dispatch_in_order(work: Workload, order: Sequence[str]) -> Dispatched:
    """Begin the tasks one by one in this order; none overtakes.

    Raises:
        ValueError: the order is not of all the tasks, or has one before its predecessor.
    """
    done = _InOrder(work, order).run()
    if len(done.start) < len(work.durations):
        raise ValueError("the order puts a task before one that it waits for, or leaves some out")
    return done


class _Stock:
    """A resource: what is free, in pieces that remember who had them last, the longest free one first."""

    __slots__ = ("free", "pieces")

    def __init__(self, amount: int) -> None:
        self.free = amount
        self.pieces: deque[tuple[int, str | None]] = deque([(amount, None)])

    def take(self, amount: int, waits: list[str]) -> None:
        self.free -= amount
        while amount:
            size, before = self.pieces.popleft()
            if before is not None and before not in waits:
                waits.append(before)
            if size > amount:
                self.pieces.appendleft((size - amount, before))
                size = amount
            amount -= size

    def give(self, amount: int, by: str) -> None:
        self.free += amount
        self.pieces.append((amount, by))


class _Agents:
    """The agents' places: each a stock, and the rule by which one of those who are free is chosen."""

    def __init__(self, work: Workload) -> None:
        self._capacity = [agent.capacity for agent in work.agents]
        self.places = [_Stock(capacity) for capacity in self._capacity]
        wanted: dict[int, int] = {}
        for number in work.need_of.values():
            for place in work.needs[number].able:
                wanted[place] = wanted.get(place, 0) + 1
        self._wanted = wanted
        self._prefers = work.prefers

    def has_free(self, need: Need) -> bool:
        return not need.able or any(self.places[place].free for place in need.able)

    def choose(self, task: str, need: Need) -> int:
        """Of those with a free place the one whom the task is meant for; else whom the fewest tasks could use, so
        that generalists stay free; else the least busy."""
        prefers = self._prefers.get(task)

        def order(place: int) -> tuple[bool, int, float, int]:
            free = self.places[place].free / self._capacity[place]
            return place != prefers, self._wanted[place], -free, place

        return min((place for place in need.able if self.places[place].free), key=order)


class _Dispatch(ABC):
    """The clock, what is running, and what is free. A subclass says which task begins next."""

    def __init__(self, work: Workload) -> None:
        self._work = work
        _, self._after = ordered(work.durations, work.predecessors)
        self._waiting = {task: len(work.predecessors.get(task, ())) for task in work.durations}
        self._number = {task: place for place, task in enumerate(work.durations)}
        self._stocks = {name: _Stock(amount) for name, amount in work.amounts.items()}
        self._agents = _Agents(work)
        self._ends: list[tuple[float, int, str, str]] = []
        self._now = 0.0
        self._done = Dispatched({}, {}, {}, {}, 0.0)

    def run(self) -> Dispatched:
        last = 0.0
        self._begin_what_can()
        while self._ends:
            self._now = self._ends[0][0]
            while self._ends and self._ends[0][0] <= self._now:
                _, _, task, window = heapq.heappop(self._ends)
                if window:
                    self._stocks[window].give(CALL, task)
                else:
                    last = self._now
                    self._end(task)
            self._begin_what_can()
        done = self._done
        return Dispatched(done.start, done.agent, done.waits, done.call_waits, last)

    @abstractmethod
    def _begin_what_can(self) -> None:
        """Begin what may begin now."""

    @abstractmethod
    def _is_ready(self, task: str) -> None:
        """The task waits for no other any more."""

    def _fits(self, need: Need) -> bool:
        stocks = self._stocks
        return (
            all(stocks[name].free >= amount for name, amount in need.amounts)
            and all(stocks[name].free >= CALL for name in need.calls)
            and self._agents.has_free(need)
        )

    def _begin(self, task: str, need: Need) -> None:
        waits: list[str] = []
        for name, amount in need.amounts:
            self._stocks[name].take(amount, waits)
        if need.able:
            agent = self._done.agent[task] = self._agents.choose(task, need)
            self._agents.places[agent].take(1, waits)
        if waits:
            self._done.waits[task] = waits
        for name in need.calls:
            called: list[str] = []
            self._stocks[name].take(CALL, called)
            if called:
                self._done.call_waits[task] = called
            heapq.heappush(self._ends, (self._now + WINDOW_SECONDS, self._number[task], task, name))
        self._done.start[task] = self._now
        heapq.heappush(self._ends, (self._now + self._work.durations[task], self._number[task], task, ""))

    def _end(self, task: str) -> None:
        for name, amount in self._work.needs[self._work.need_of[task]].amounts:
            self._stocks[name].give(amount, task)
        agent = self._done.agent.get(task)
        if agent is not None:
            self._agents.places[agent].give(1, task)
        for later in self._after[task]:
            self._waiting[later] -= 1
            if not self._waiting[later]:
                self._is_ready(later)


class _ByRank(_Dispatch):
    def __init__(self, work: Workload, rank: Mapping[str, float]) -> None:
        super().__init__(work)
        self._rank = rank
        # One heap for each kind of need: if the first of a kind does not fit, none of the kind does.
        self._ready: list[list[tuple[float, int, str]]] = [[] for _ in work.needs]
        for task, waiting in self._waiting.items():
            if not waiting:
                self._is_ready(task)

    def _is_ready(self, task: str) -> None:
        heapq.heappush(self._ready[self._work.need_of[task]], (self._rank[task], self._number[task], task))

    def _begin_what_can(self) -> None:
        needs = self._work.needs
        fitting = [kind for kind, heap in enumerate(self._ready) if heap and self._fits(needs[kind])]
        while fitting:
            kind = min(fitting, key=lambda kind: self._ready[kind][0])
            self._begin(heapq.heappop(self._ready[kind])[2], needs[kind])
            # Nothing becomes free at this moment, so what did not fit does not fit now.
            fitting = [kind for kind in fitting if self._ready[kind] and self._fits(needs[kind])]


class _InOrder(_Dispatch):
    def __init__(self, work: Workload, order: Sequence[str]) -> None:
        super().__init__(work)
        self._order = deque(order)

    def _is_ready(self, task: str) -> None:
        """Nothing changes: whoever is ready stands where the order has it."""

    def _begin_what_can(self) -> None:
        while self._order and not self._waiting[self._order[0]]:
            need = self._work.needs[self._work.need_of[self._order[0]]]
            if not self._fits(need):
                return
            self._begin(self._order.popleft(), need)
