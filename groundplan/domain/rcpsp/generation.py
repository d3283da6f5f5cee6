"""Schedules from an order of the jobs: serial and parallel generation (Kolisch 1996).

The serial scheme takes the jobs as they come and starts each as early as precedence and resources allow; some order
gives an optimal schedule. The parallel scheme walks through time and starts whatever fits, first in the order first;
its schedules are often better than an arbitrary serial one, but none may be optimal.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from groundplan.domain.rcpsp.breakpoints import serial_over_breakpoints
from groundplan.domain.rcpsp.network import MANY, Network

_LONG = 40
"""Beyond this mean duration, or many jobs, a load per time unit costs more than a load per change."""


@dataclass(frozen=True, slots=True)
class Generated:
    """A schedule in its direction of time: makespan, start and finish of each job."""

    makespan: int
    starts: list[int]
    finishes: list[int]


def serial(network: Network, order: Sequence[int]) -> Generated:
    """Start the jobs one after the other, each as early as those before it in `order` leave room for.

    Args:
        order: all jobs, each after its predecessors.
    """
    jobs = len(network.durations)
    if jobs > MANY or network.horizon > _LONG * jobs:
        return _generated(*serial_over_breakpoints(network, order))
    return _generated(*_serial_over_units(network, order))


def parallel(network: Network, ranks: Sequence[float]) -> Generated:
    """At each time when a job ends, start what fits of the jobs that wait for nothing, the lowest rank first."""
    durations, demands, guards = network.durations, network.demands, network.guards
    waiting = [len(before) for before in network.predecessors]
    eligible = sorted([job for job, count in enumerate(waiting) if not count], key=ranks.__getitem__)
    starts, finishes = [0] * len(durations), [0] * len(durations)
    running: list[tuple[int, int]] = []
    load, now = network.empty, 0
    while eligible or running:
        left = []
        for job in eligible:
            if load + demands[job] & guards:
                left.append(job)
                continue
            load += demands[job]
            starts[job], finishes[job] = now, now + durations[job]
            heapq.heappush(running, (finishes[job], job))
        now = running[0][0]
        while running and running[0][0] == now:
            ended = heapq.heappop(running)[1]
            load -= demands[ended]
            for after in network.successors[ended]:
                waiting[after] -= 1
                if not waiting[after]:
                    left.append(after)
        eligible = sorted(left, key=ranks.__getitem__)
    return _generated(starts, finishes)


def _serial_over_units(network: Network, order: Sequence[int]) -> tuple[list[int], list[int]]:
    # The innermost loop of the whole solver: one function, local names, no calls.
    durations, demands, predecessors, guards = (
        network.durations,
        network.demands,
        network.predecessors,
        network.guards,
    )
    load = [network.empty] * network.horizon
    starts, finishes = [0] * len(durations), [0] * len(durations)
    for job in order:
        start = 0
        for other in predecessors[job]:
            if finishes[other] > start:
                start = finishes[other]
        finish = start + durations[job]
        if demand := demands[job]:
            length = finish - start
            time = start
            while time < finish:
                if load[time] + demand & guards:
                    start = time + 1
                    finish = start + length
                time += 1
            for time in range(start, finish):
                load[time] += demand
        starts[job] = start
        finishes[job] = finish
    return starts, finishes


def _generated(starts: list[int], finishes: list[int]) -> Generated:
    return Generated(max(finishes, default=0), starts, finishes)
