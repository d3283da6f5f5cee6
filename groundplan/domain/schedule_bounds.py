"""What no schedule within the limits is shorter than.

The longest chain; and for each resource, all the work that draws on it, spread evenly, after the earliest moment at
which such work can begin and before the shortest chain that follows it (the energy bound; Stinson, Davis and
Khumawala 1978 name both).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from groundplan.domain.capacities import CALL, WINDOW_SECONDS, Workload
from groundplan.domain.critical_path import CriticalPath


@dataclass(frozen=True, slots=True)
class Share:
    """What one task draws from a resource, beside its own capacity: seconds times amount; and what must go before and
    come after."""

    task: str
    work: float
    head: float
    tail: float


@dataclass(frozen=True, slots=True)
class Pool:
    """A resource or a group of agents, and the tasks that can draw on nothing else."""

    name: str
    capacity: float
    shares: tuple[Share, ...]

    def least_seconds(self) -> float:
        """`min head + Σ work / capacity + min tail` over the tasks."""
        heads, tails = (share.head for share in self.shares), (share.tail for share in self.shares)
        return min(heads) + sum(share.work for share in self.shares) / self.capacity + min(tails)


def lower_bound(work: Workload, path: CriticalPath[str]) -> float:
    """Seconds; `path` is the critical path of the workload without its limits."""
    pools = [pool.least_seconds() for pool in pools_of(work, path)]
    return max([path.length, *pools, *_call_bounds(work, path)])


def pools_of(work: Workload, path: CriticalPath[str]) -> list[Pool]:
    """Each resource of the workload with its tasks; agents by group, with the tasks that only the group can do."""
    drawn: dict[str, list[Share]] = {name: [] for name in work.amounts}
    for task, number in work.need_of.items():
        for name, amount in work.needs[number].amounts:
            drawn[name].append(_share(task, work.in_units(name, amount), work.durations, path))
    capacity = {name: work.in_units(name, amount) for name, amount in work.amounts.items()}
    pools = [Pool(name, capacity[name], tuple(shares)) for name, shares in drawn.items() if shares]
    return pools + list(_agent_pools(work, path))


def groups_of(work: Workload) -> dict[tuple[int, ...], list[str]]:
    """Groups of agents who can do the same, with the tasks that nobody outside the group can do."""
    by_group: dict[tuple[int, ...], list[str]] = {}
    for task, number in work.need_of.items():
        if able := work.needs[number].able:
            by_group.setdefault(able, []).append(task)
    return {
        group: [t for able, tasks in by_group.items() if set(able) <= set(group) for t in tasks] for group in by_group
    }


def _agent_pools(work: Workload, path: CriticalPath[str]) -> Iterator[Pool]:
    for group, tasks in groups_of(work).items():
        names = ", ".join(work.agents[place].agent_id for place in group)
        capacity = sum(work.agents[place].capacity for place in group)
        yield Pool(f"agents {names}", capacity, tuple(_share(task, 1, work.durations, path) for task in tasks))


def _share(task: str, amount: float, durations: Mapping[str, float], path: CriticalPath[str]) -> Share:
    return Share(task, durations[task] * amount, path.earliest_start[task], path.length - path.latest_finish[task])


def _call_bounds(work: Workload, path: CriticalPath[str]) -> Iterable[float]:
    """Of n calls, the last begins `⌊(n - 1) / calls a minute⌋` minutes after the first or later."""
    called: dict[str, list[str]] = {}
    for task, number in work.need_of.items():
        for name in work.needs[number].calls:
            called.setdefault(name, []).append(task)
    for name, tasks in called.items():
        minutes = (len(tasks) - 1) // (work.amounts[name] // CALL)
        heads = min(path.earliest_start[task] for task in tasks)
        tails = min(path.length - path.latest_start[task] for task in tasks)
        yield heads + minutes * WINDOW_SECONDS + tails
