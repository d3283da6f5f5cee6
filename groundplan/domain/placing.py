"""Where tasks go when what they need is limited: whether anything binds, and the best times within it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from groundplan.domain.capacities import PLACES, Capacities, Need, Workload, workload
from groundplan.domain.critical_path import CriticalPath
from groundplan.domain.list_schedule import dispatch
from groundplan.domain.resource_profiles import over_capacity, resource_profiles
from groundplan.domain.resources import ResourceEstimate
from groundplan.domain.schedule import ResourceProfile, TaskSlot
from groundplan.domain.schedule_bounds import lower_bound
from groundplan.domain.schedule_search import Effort, Searched, search
from groundplan.domain.schedule_windows import path_within
from groundplan.domain.task import Task

_UNLIMITED = "critical path, unlimited resources"
_ROUNDING = 1e-9
_GOOD_ENOUGH = 0.01
"""A list schedule that may be longer than the shortest by this share is only improved if time was given for it."""


@dataclass(frozen=True, slots=True)
class Placing:
    """The critical path with the waits for resources in it, and what came of them."""

    path: CriticalPath[str]
    bound: float
    method: str = _UNLIMITED
    at_once: int | None = None
    slots: dict[str, TaskSlot] = field(default_factory=dict)
    resources: dict[str, ResourceProfile] = field(default_factory=dict)


def place_within(
    tasks: Sequence[Task],
    predecessors: Mapping[str, Collection[str]],
    durations: Mapping[str, float],
    estimates: Mapping[str, ResourceEstimate],
    path: CriticalPath[str],
    within: Capacities,
    effort: Effort,
) -> Placing:
    """The shortest times that are found within the limits; `path` itself where nothing binds and no agent is needed.

    A limit that is kept anyway is left out, so that it takes nobody's slack.
    """
    if not _may_bind(path, within):
        return Placing(path, path.length)
    whole = workload(tasks, predecessors, durations, estimates, within)
    binding, added = set[str](), over_capacity(whole, path)
    if not added and not whole.assigns_agents:
        return Placing(path, path.length)
    while True:
        binding |= added
        placing = _placed(_limited_to(whole, binding), path, within, effort)
        # Who waits may come to run beside others than before, and then take too much of what did not bind.
        added = over_capacity(whole, placing.path) - binding if len(binding) < len(whole.amounts) else set()
        if not added:
            return placing


def _placed(work: Workload, path: CriticalPath[str], within: Capacities, effort: Effort) -> Placing:
    bound = lower_bound(work, path)
    first = dispatch(work, path.latest_start)
    found = Searched(first, "list schedule", 0.0)
    if first.makespan > bound * (1 + (_ROUNDING if effort.seconds else _GOOD_ENOUGH)):
        found = search(work, first, effort)
    best = found.best
    waited = path_within(work, best)
    start, finish = waited.earliest_start, waited.earliest_finish
    named = {task: work.agents[place].agent_id for task, place in best.agent.items()}
    return Placing(
        path=waited,
        bound=min(max(bound, found.bound), waited.length),
        method=_method(found.method, work, within),
        at_once=within.at_once if PLACES in work.amounts else None,
        slots={task: TaskSlot(start[task], finish[task], who) for task, who in named.items()},
        resources=resource_profiles(work, start, finish, best.agent),
    )


def _may_bind(path: CriticalPath[str], within: Capacities) -> bool:
    if within.agents or within.amounts or within.tools:
        return True
    return within.at_once is not None and most_at_once(path) > within.at_once


def most_at_once(path: CriticalPath[str]) -> int:
    """How many run at the busiest moment if each starts as early as it can; one that takes no time counts too."""
    moments = [(start, 1) for start in path.earliest_start.values()]
    moments += [(finish, 0) for finish in path.earliest_finish.values()]
    running = most = 0
    for _, begins in sorted(moments):
        running += 1 if begins else -1
        most = max(most, running)
    return most


def _limited_to(work: Workload, names: Collection[str]) -> Workload:
    """The workload without the resources that are not among these."""
    needs: dict[Need, int] = {}
    renumbered = [needs.setdefault(_need_within(need, names), len(needs)) for need in work.needs]
    return replace(
        work,
        amounts={name: amount for name, amount in work.amounts.items() if name in names},
        needs=list(needs),
        need_of={task: renumbered[number] for task, number in work.need_of.items()},
    )


def _need_within(need: Need, names: Collection[str]) -> Need:
    amounts = tuple(pair for pair in need.amounts if pair[0] in names)
    return Need(amounts, need.able, tuple(name for name in need.calls if name in names))


def _method(found: str, work: Workload, within: Capacities) -> str:
    limits = [f"at most {within.at_once} at once"] if PLACES in work.amounts else []
    limits += [name for name in work.amounts if name != PLACES]
    limits += [f"{len(work.agents)} agent{'s' * (len(work.agents) > 1)}"] if work.assigns_agents else []
    return f"{found}, {', '.join(limits)}"
