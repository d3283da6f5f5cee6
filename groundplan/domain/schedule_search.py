"""Looking for a shorter schedule: the tasks as a resource-constrained project, agents pooled by what they can do.

The solver's answer gives an order only. Real agents are assigned and exact times computed by dispatching in that order,
so that nothing depends on how durations and amounts were rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import gcd

from groundplan.domain.capacities import Workload
from groundplan.domain.dag import ordered
from groundplan.domain.list_schedule import Dispatched, dispatch, dispatch_in_order
from groundplan.domain.rcpsp.problem import Project, Solution
from groundplan.domain.schedule_bounds import groups_of
from groundplan.domain.settings import PlannerSettings

_PER_SECOND = 6000
"""Means of estimates in whole milliseconds are whole numbers of this unit, as they are sums over six."""

_QUICK = 1500
"""So many placements of tasks are tried where no time was given: a few milliseconds, and the same every time."""
_TO_OPTIMIZE = 1.0
_FEWEST = 8
"""Fewer schedules than that are no search; the list schedule is kept."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look for a shorter schedule.

    Attributes:
        seconds: for how long; 0 tries a fixed number of schedules, so that the answer is the same every time.
        optimize: with OR-Tools CP-SAT (extra `optimize`) after the built-in search, each for half of the time.
        seed: of the random choices.
    """

    seconds: float = 0.0
    optimize: bool = False
    seed: int = 0


QUICK = Effort()


def effort_of(settings: PlannerSettings, *, seconds: float | None = None, optimize: bool = False) -> Effort:
    """How hard to look as the settings say, or as is asked for here. To optimize takes a second at least."""
    wanted = optimize or settings.schedule_optimize
    chosen = settings.schedule_seconds if seconds is None else seconds
    return Effort(max(chosen, _TO_OPTIMIZE) if wanted else chosen, wanted)


@dataclass(frozen=True, slots=True)
class Searched:
    """The best schedule that was found, how, and a bound in seconds that the search proved (0 for none)."""

    best: Dispatched
    method: str
    bound: float


def search(work: Workload, first: Dispatched, effort: Effort) -> Searched:
    """The shortest schedule that can be found with this effort; `first` if none is shorter.

    Raises:
        PlanningError: E5806 if `optimize` is wanted and OR-Tools is not installed.
    """
    schedules = _QUICK // max(1, len(work.durations))
    if not effort.seconds and schedules < _FEWEST:
        return Searched(first, "list schedule", 0.0)
    names = list(work.durations)
    project = project_of(work)
    solution = _solved(project, effort, schedules)
    starts = dict(zip(names, solution.starts, strict=True))
    order = sorted(ordered(work.durations, work.predecessors)[0], key=starts.__getitem__)
    found = [dispatch_in_order(work, order), dispatch(work, {task: place for place, task in enumerate(order)})]
    best = min(found, key=lambda one: one.makespan)
    bound = _bound(work, solution)
    if best.makespan >= first.makespan:
        return Searched(first, f"list schedule, best of {solution.schedules:,} tried", bound)
    return Searched(best, f"{solution.method}, best of {solution.schedules:,} tried", bound)


def project_of(work: Workload) -> Project:
    """The workload as a project of jobs in the plan's order, without the limits on calls a minute: a project that is
    never longer than the workload can be."""
    place = {task: job for job, task in enumerate(work.durations)}
    columns = list(_columns(work, place))
    return Project(
        durations=tuple([round(seconds * _PER_SECOND) for seconds in work.durations.values()]),
        predecessors=tuple([tuple(sorted({place[o] for o in work.predecessors.get(t, ())})) for t in place]),
        demands=tuple(zip(*(demands for _, demands in columns), strict=True)) if columns else ((),) * len(place),
        capacities=tuple(capacity for capacity, _ in columns),
    )


def _columns(work: Workload, place: dict[str, int]) -> Iterator[tuple[int, list[int]]]:
    """Capacity and demands of each resource, and of each group of agents."""
    for name, capacity in work.amounts.items():
        wanted = [dict(need.amounts).get(name, 0) for need in work.needs]
        yield from _column(capacity, [wanted[number] for number in work.need_of.values()])
    for group, tasks in groups_of(work).items():
        demands = [0] * len(place)
        for task in tasks:
            demands[place[task]] = 1
        yield from _column(sum(work.agents[member].capacity for member in group), demands)


def _column(capacity: int, demands: list[int]) -> Iterable[tuple[int, list[int]]]:
    if sum(demands) <= capacity:
        return []
    unit = gcd(*demands)
    return [(capacity // unit, [demand // unit for demand in demands])]


def _solved(project: Project, effort: Effort, schedules: int) -> Solution:
    from groundplan.domain.rcpsp.solving import solve  # most plans keep nobody waiting, and need no solver

    if not effort.seconds:
        return solve(project, seed=effort.seed, schedules=schedules)
    if not effort.optimize:
        return solve(project, seconds=effort.seconds, seed=effort.seed)
    from groundplan.domain.rcpsp.optimizing import optimize

    return optimize(project, seconds=effort.seconds, seed=effort.seed)


def _bound(work: Workload, solution: Solution) -> float:
    """What the solver proved, in seconds, less what rounding the durations may have added."""
    rounded = sum(abs(seconds * _PER_SECOND - round(seconds * _PER_SECOND)) for seconds in work.durations.values())
    return (solution.lower_bound - (rounded if rounded > 1e-3 else 0.0)) / _PER_SECOND
