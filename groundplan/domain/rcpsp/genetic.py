"""A genetic algorithm over two populations, one seen from each end of time (Debels and Vanhoucke 2005).

A child of two schedules is generated from the other end, so that every generation justifies the one before it at no
extra cost. It takes from one parent what runs in a window of time, and there the order of the other parent; this is
the two-point crossover (Hartmann 1998) with its points in time, where a compact stretch of a schedule stays together.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from groundplan.domain.rcpsp.generation import Generated, serial
from groundplan.domain.rcpsp.justification import order_from_end
from groundplan.domain.rcpsp.network import Network

_NARROWEST, _WIDEST = 0.25, 0.75
"""Bounds of the window, as shares of the makespan."""


def generations(first: list[Generated], forward: Network, backward: Network, random: Random) -> Iterator[Generated]:
    """Children without end, one at a time: a generation seen from the end, then one from the start, and so on.

    Args:
        first: schedules over `forward`, at least two.
    """
    parents, towards, onwards = first, backward, forward
    others = []
    for parent in parents:
        others.append(serial(towards, order_from_end(parent, towards)))
        yield others[-1]
    while True:
        parents, others, towards, onwards = others, parents, onwards, towards
        best = min(range(len(others)), key=[other.makespan for other in others].__getitem__)
        for place, parent in enumerate(parents):
            child = serial(towards, _crossed(parent, _chosen(parents, random), towards, random))
            yield child
            # The best of a population only gives way to a child that is as good.
            if place != best or child.makespan <= others[best].makespan:
                others[place] = child


def _chosen(population: list[Generated], random: Random) -> Generated:
    """The better of two that are drawn."""
    one = population[int(random.random() * len(population))]
    other = population[int(random.random() * len(population))]
    return one if one.makespan <= other.makespan else other


def _crossed(one: Generated, other: Generated, towards: Network, random: Random) -> list[int]:
    """The jobs from the end: by descending finish in one parent, but by the other's in a window of the first."""
    inherits, reorders = (one, other) if random.random() < 0.5 else (other, one)
    span = inherits.makespan
    width = span * (_NARROWEST + (_WIDEST - _NARROWEST) * random.random())
    opens = random.random() * (span - width)
    closes = opens + width
    far = span + reorders.makespan
    keys = [
        -inside if opens < finish <= closes else (far - finish if finish <= opens else -far - finish)
        for finish, inside in zip(inherits.finishes, reorders.finishes, strict=True)
    ]
    return sorted(towards.order, key=keys.__getitem__)
