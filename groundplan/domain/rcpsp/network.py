"""A project made ready for generating schedules, forward in time or backward.

Demands of all resources lie side by side in one integer, each in a field of w bits whose highest is a guard. A time
at which nothing runs has the load `2^(w-1) - 1 - R(k)` in field k, so a demand that does not fit carries into a guard:

    fits(j, t)  ⇔  (load(t) + demand(j)) & guards = 0

One addition and one test, whatever the number of resources.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import gcd

from groundplan.domain.dag import ordered
from groundplan.domain.rcpsp.problem import Project

MANY = 1000
"""Beyond so many jobs whatever is quadratic in them is left out or done another way."""


@dataclass(frozen=True, slots=True)
class Network:
    """Jobs as seen in one direction of time.

    Attributes:
        demands: packed, of each job; 0 for one that takes no time or needs no resource.
        empty: the packed load of a time at which nothing runs.
        guards: the guard bits of all fields.
        order: all jobs, each after its predecessors.
        heads: earliest start of each job, counted from this direction's beginning.
        tails: longest time from the start of each job to this direction's end.
        horizon: the sum of the durations; every list schedule ends by then.
    """

    durations: tuple[int, ...]
    predecessors: tuple[tuple[int, ...], ...]
    successors: tuple[tuple[int, ...], ...]
    demands: tuple[int, ...]
    empty: int
    guards: int
    order: tuple[int, ...]
    heads: tuple[int, ...]
    tails: tuple[int, ...]
    horizon: int


def networks(project: Project) -> tuple[Network, Network, int]:
    """The project forward and backward, in units of the greatest common divisor of its durations; and that unit.

    Raises:
        PlanningError: E5301 with `details["cycle"]` for jobs that wait for each other, E5302 for no such job.
    """
    unit = reduce(gcd, project.durations, 0) or 1
    durations = tuple([length // unit for length in project.durations])
    before = tuple([tuple(dict.fromkeys(row)) for row in project.predecessors])
    order, successors = ordered(range(len(durations)), dict(enumerate(before)))
    after = tuple([tuple(successors[job]) for job in range(len(durations))])
    heads, tails = _longest(durations, before, order), _longest(durations, after, order[::-1])
    packed, empty, guards = _packed(project)
    horizon = sum(durations)

    def seen(
        behind: tuple[tuple[int, ...], ...],
        ahead: tuple[tuple[int, ...], ...],
        along: Sequence[int],
        since: Sequence[int],
        until: Sequence[int],
    ) -> Network:
        from_start = tuple([time + length for time, length in zip(until, durations, strict=True)])
        return Network(durations, behind, ahead, packed, empty, guards, tuple(along), tuple(since), from_start, horizon)

    return seen(before, after, order, heads, tails), seen(after, before, order[::-1], tails, heads), unit


def _longest(durations: Sequence[int], before: Sequence[Sequence[int]], order: Sequence[int]) -> list[int]:
    """The longest time of a chain that ends before each job: `H(j) = max H(i) + d(i), i → j`."""
    longest = [0] * len(durations)
    for job in order:
        longest[job] = max([longest[other] + durations[other] for other in before[job]], default=0)
    return longest


def _packed(project: Project) -> tuple[tuple[int, ...], int, int]:
    width = max(project.capacities, default=0).bit_length() + 1
    full = (1 << (width - 1)) - 1
    shifts = [width * resource for resource in range(len(project.capacities))]
    empty = sum([full - capacity << shift for capacity, shift in zip(project.capacities, shifts, strict=True)])
    guards = sum([1 << (width - 1) << shift for shift in shifts])
    demands = [
        sum([amount << shift for amount, shift in zip(row, shifts, strict=True)]) if length else 0
        for row, length in zip(project.demands, project.durations, strict=True)
    ]
    return tuple(demands), empty, guards
