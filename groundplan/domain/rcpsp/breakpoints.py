"""Serial generation where the load is kept per change, not per time unit: for long durations and for many jobs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from groundplan.domain.rcpsp.network import Network


def serial_over_breakpoints(network: Network, order: Sequence[int]) -> tuple[list[int], list[int]]:
    """Starts and finishes as of serial generation; O(n) per job at worst, whatever the durations."""
    profile = _Profile(network.empty, network.guards)
    starts, finishes = [0] * len(order), [0] * len(order)
    for job in order:
        start = max([finishes[other] for other in network.predecessors[job]], default=0)
        length = network.durations[job]
        if demand := network.demands[job]:
            start = profile.place(start, length, demand)
        starts[job], finishes[job] = start, start + length
    return starts, finishes


class _Profile:
    """The packed load: `load[k]` holds from `times[k]` until `times[k + 1]`, the last one for ever."""

    def __init__(self, empty: int, guards: int) -> None:
        self.times = [0]
        self.load = [empty]
        self.guards = guards
        # By demand, a span in which it does not fit for even a moment. Loads only grow, so that it stays true; and
        # thousands of equal jobs do not each look through all that the earlier ones have filled.
        self.closed: dict[int, tuple[int, int]] = {}

    def place(self, earliest: int, length: int, demand: int) -> int:
        """Reserve `demand` for `length` from the first time at or after `earliest` where it fits; that time."""
        since, until = self.closed.get(demand, (0, 0))
        begin = until if since <= earliest < until else earliest
        start, open_from = self._first_fit(begin, length, demand)
        if begin == until:
            self.closed[demand] = (since, open_from)
        elif open_from - earliest > until - since:
            self.closed[demand] = (earliest, open_from)
        first, last = self._split(start), self._split(start + length)
        for place in range(first, last):
            self.load[place] += demand
        return start

    def _first_fit(self, earliest: int, length: int, demand: int) -> tuple[int, int]:
        """The first time from which `demand` fits for `length`, and the first at which it fits at all."""
        times, load, guards = self.times, self.load, self.guards
        start, finish, last = earliest, earliest + length, len(times) - 1
        opened = -1
        place = bisect_right(times, earliest) - 1
        while place <= last and times[place] < finish:
            if load[place] + demand & guards:
                start = times[place + 1]
                finish = start + length
            elif opened < 0:
                opened = start
            place += 1
        return start, opened

    def _split(self, time: int) -> int:
        """The place of the change at `time`, which is made if there is none."""
        place = bisect_right(self.times, time) - 1
        if self.times[place] == time:
            return place
        self.times.insert(place + 1, time)
        self.load.insert(place + 1, self.load[place])
        return place + 1
