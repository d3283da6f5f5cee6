"""The shortest schedule that can be found within a limit, with what Python alone can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from groundplan.domain.rcpsp.bounds import lower_bound
from groundplan.domain.rcpsp.budget import Budget
from groundplan.domain.rcpsp.generation import Generated, parallel, serial
from groundplan.domain.rcpsp.genetic import generations
from groundplan.domain.rcpsp.justification import turned
from groundplan.domain.rcpsp.network import MANY, Network, networks
from groundplan.domain.rcpsp.priority_rules import RULES, latest_start, ordered_by, sampled
from groundplan.domain.rcpsp.problem import Project, Solution

_FEWEST, _MOST = 30, 200
_GENERATIONS = 75
"""The population is the number of schedules there is time for over the generations wanted, within these bounds."""

Found = tuple[str, Generated, bool]
"""How a schedule was found, the schedule, and whether it is seen from the start of the project."""


def solve(
    project: Project,
    *,
    seconds: float | None = None,
    seed: int = 0,
    schedules: int | None = None,
    patience: int | None = None,
    good_enough: Callable[[], bool] = bool,
) -> Solution:
    """The shortest of the schedules by priority rules, by sampling and by a genetic algorithm, in this order.

    Ends early when the makespan is the lower bound. With `schedules` alone the answer depends on nothing but the
    arguments; with `seconds` on the machine too. At least one schedule is generated, whatever the limit.

    Args:
        seconds: how long to look, wall clock.
        seed: of the random choices.
        schedules: how many to generate.
        patience: how many to generate in turn without one that is shorter.
        good_enough: asked after every schedule; the search ends when it says so.

    Raises:
        ValueError: there is no limit.
        PlanningError: E5301 for jobs that wait for each other, E5302 for a predecessor that is no job.
    """
    budget = Budget(seconds, schedules)
    forward, backward, unit = networks(project)
    bound = lower_bound(project, forward, unit)
    best: Found | None = None
    since = 0
    for method, schedule, from_start in _schedules(forward, backward, Random(seed), budget):  # noqa: S311  # no secret
        budget.spend()
        if best is None or schedule.makespan < best[1].makespan:
            best, since = (method, schedule, from_start), budget.spent
        weary = patience is not None and budget.spent - since >= patience
        if schedule.makespan * unit == bound or weary or not budget.left or good_enough():
            break
    assert best is not None  # noqa: S101  # there is always a first schedule
    method, schedule, from_start = best
    starts = schedule.starts if from_start else [schedule.makespan - end for end in schedule.finishes]
    return Solution(
        starts=tuple([start * unit for start in starts]),
        makespan=schedule.makespan * unit,
        lower_bound=bound,
        method=method,
        schedules=budget.spent,
    )


def _schedules(forward: Network, backward: Network, random: Random, budget: Budget) -> Iterator[Found]:
    """Schedules without end: good ones soon, then better and better ones."""
    population = []
    for method, schedule in _by_rules(forward):
        yield method, schedule, True
        population.append(schedule)
    best = min(population, key=_makespan)
    while True:
        late = turned(best, backward)
        yield "forward-backward improvement", late, False
        early = turned(late, forward)
        yield "forward-backward improvement", early, True
        if early.makespan >= best.makespan:
            break
        best = early
    population.append(early)
    ranks = latest_start(forward)
    for _ in range(_size(budget) - len(population)):
        population.append(serial(forward, sampled(forward, ranks, random)))
        yield "sampling, latest start", population[-1], True
    for place, schedule in enumerate(generations(population, forward, backward, random)):
        yield "genetic algorithm", schedule, bool(place // len(population) % 2)


def _by_rules(forward: Network) -> Iterator[tuple[str, Generated]]:
    for name, rule in RULES.items():
        ranks = rule(forward)
        yield f"serial, {name}", serial(forward, ordered_by(forward, ranks))
        if len(ranks) <= MANY:
            yield f"parallel, {name}", parallel(forward, ranks)


def _size(budget: Budget) -> int:
    return int(min(max(_FEWEST, budget.expected / _GENERATIONS), _MOST))


def _makespan(schedule: Generated) -> int:
    return schedule.makespan
