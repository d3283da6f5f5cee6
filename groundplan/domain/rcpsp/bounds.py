"""What no schedule can be shorter than."""

from __future__ import annotations

from collections.abc import Sequence

from groundplan.domain.rcpsp.network import MANY, Network
from groundplan.domain.rcpsp.problem import Project


def lower_bound(project: Project, network: Network, unit: int) -> int:
    """The largest of the bounds below, in the unit of the project's durations.

    Args:
        network: the project forward.
        unit: how much of the project's unit is one of the network's.
    """
    bounds = [critical_path_bound(network), critical_sequence_bound(network)]
    bounds += [capacity_bound(project, network, resource) for resource in range(len(project.capacities))]
    return max(bounds) * unit


def critical_path_bound(network: Network) -> int:
    """The longest chain (Kelley and Walker 1959)."""
    return max(network.tails, default=0)


def capacity_bound(project: Project, network: Network, resource: int) -> int:
    """Work over capacity, between what must come before and after (for one machine Carlier and Pinson 1989).

        max over sets J of jobs:  min H(j) + ⌈Σ r(j) d(j) / R⌉ + min Q(j)

    H: earliest start, Q: longest time from the end of j to the end of all. The sets tried: all jobs that cannot start
    before some time, with Q over the jobs of the set.
    """
    users = [
        (network.heads[job], length * row[resource], network.tails[job] - length)
        for job, (length, row) in enumerate(zip(network.durations, project.demands, strict=True))
        if length * row[resource]
    ]
    best = work = 0
    after = critical_path_bound(network)
    for head, energy, tail in sorted(users, reverse=True):
        work += energy
        after = min(after, tail)
        best = max(best, head - (-work // project.capacities[resource]) + after)
    return best


def critical_sequence_bound(network: Network) -> int:
    """A longest chain, and the one job beside it that finds least room along it (Stinson, Davis and Khumawala 1978).

        max over jobs j off the chain:  CP + max(0, d(j) - e(j))

    e(j): the longest stretch between ES(j) and LF(j) for which j fits beside the chain.
    """
    length = critical_path_bound(network)
    if len(network.durations) > MANY:
        return length
    chain = _critical_chain(network, length)
    missing = 0
    for job in set(network.order).difference(chain):
        latest = length - network.tails[job] + network.durations[job]
        room = _room_beside(chain, network, job, latest)
        missing = max(missing, network.durations[job] - room)
    return length + missing


def _critical_chain(network: Network, length: int) -> list[int]:
    """The jobs of one longest chain, first to last."""
    chain = []
    ahead: Sequence[int] = network.order
    at = 0
    while job := [job for job in ahead if network.heads[job] == at and at + network.tails[job] == length][:1]:
        chain += job
        ahead = network.successors[job[0]]
        at += network.durations[job[0]]
    return chain


def _room_beside(chain: list[int], network: Network, job: int, latest: int) -> int:
    """The longest stretch until `latest` in which the job fits beside every job of the chain that runs then."""
    load = network.empty + network.demands[job]
    longest = 0
    since = network.heads[job]
    for beside in chain:
        begins = network.heads[beside]
        ends = begins + network.durations[beside]
        if begins < latest and ends > since and load + network.demands[beside] & network.guards:
            longest = max(longest, begins - since)
            since = ends
    return max(longest, latest - since)
