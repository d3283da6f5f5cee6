"""Which job first: priority rules, and random orders that lean toward them (Kolisch and Hartmann 1999).

A rule gives each job a rank; lower goes first. LS, LF: latest start and finish of the critical path method.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from random import Random

from groundplan.domain.rcpsp.network import MANY, Network

Ranks = list[int]
Rule = Callable[[Network], Ranks]


def latest_finish(network: Network) -> Ranks:
    """LFT, min LF(j) (Davis and Patterson 1975)."""
    return [length - tail for length, tail in zip(network.durations, network.tails, strict=True)]


def latest_start(network: Network) -> Ranks:
    """LST, min LS(j) (Kolisch 1995)."""
    return [-tail for tail in network.tails]


def least_slack(network: Network) -> Ranks:
    """SLK, min LS(j) - ES(j) (Davis and Patterson 1975)."""
    return [-tail - head for tail, head in zip(network.tails, network.heads, strict=True)]


def most_successors(network: Network) -> Ranks:
    """MTS, max number of jobs that wait for j, directly or not (Alvarez-Valdés and Tamarit 1989)."""
    reached = [0] * len(network.durations)
    for job in reversed(network.order):
        for after in network.successors[job]:
            reached[job] |= reached[after] | 1 << after
    return [-jobs.bit_count() for jobs in reached]


def greatest_rank_weight(network: Network) -> Ranks:
    """GRPW, max d(j) + Σ d(i) over direct successors (Alvarez-Valdés and Tamarit 1989)."""
    lengths = network.durations
    return [-lengths[job] - sum([lengths[after] for after in network.successors[job]]) for job in range(len(lengths))]


RULES: dict[str, Rule] = {
    "latest finish": latest_finish,
    "latest start": latest_start,
    "most successors": most_successors,
    "greatest rank weight": greatest_rank_weight,
    "least slack": least_slack,
}


def ordered_by(network: Network, ranks: Sequence[float]) -> list[int]:
    """All jobs, each after its predecessors; of those that could come next, the lowest rank."""
    waiting = [len(before) for before in network.predecessors]
    eligible = [(ranks[job], job) for job, count in enumerate(waiting) if not count]
    heapq.heapify(eligible)
    order = []
    while eligible:
        job = heapq.heappop(eligible)[1]
        order.append(job)
        for after in network.successors[job]:
            waiting[after] -= 1
            if not waiting[after]:
                heapq.heappush(eligible, (ranks[after], after))
    return order


def sampled(network: Network, ranks: Sequence[int], random: Random) -> list[int]:
    """As `ordered_by`, but drawn: the further a job's rank from the worst that could come next, the likelier.

    Regret-based biased random sampling (Drexl 1991): `P(j) ∝ max ρ(i) - ρ(j) + 1` over the jobs i that could.
    Among many jobs, where that takes too long, `ordered_by` with ranks that are off by up to a tenth of their range.
    """
    if len(ranks) > MANY:
        spread = (max(ranks) - min(ranks) + 1) / 10
        return ordered_by(network, [rank + spread * random.random() for rank in ranks])
    waiting = [len(before) for before in network.predecessors]
    eligible = [job for job, count in enumerate(waiting) if not count]
    order = []
    while eligible:
        place = _drawn([ranks[job] for job in eligible], random)
        job = eligible[place]
        eligible[place] = eligible[-1]
        eligible.pop()
        order.append(job)
        for after in network.successors[job]:
            waiting[after] -= 1
            if not waiting[after]:
                eligible.append(after)
    return order


def _drawn(ranks: list[int], random: Random) -> int:
    if len(ranks) == 1:
        return 0
    worst = max(ranks)
    at = random.random() * (sum([worst - rank for rank in ranks]) + len(ranks))
    for place, rank in enumerate(ranks):
        at -= worst - rank + 1
        if at < 0:
            return place
    return len(ranks) - 1
