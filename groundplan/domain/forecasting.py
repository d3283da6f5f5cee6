"""What the tasks of a plan are expected to need: what somebody said, what was learned, or a prior; and the price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from groundplan.domain.estimation import estimate_task
from groundplan.domain.learned_estimates import NOTHING_LEARNED, LearnedEstimates
from groundplan.domain.pricing import Prices, priced
from groundplan.domain.pricing_list import PriceList
from groundplan.domain.resources import GIVEN, NOTHING, ResourceEstimate
from groundplan.domain.risk_words import SPENDING, mention
from groundplan.domain.task import Task

BY_RUNS = "; cost by past runs"


def forecast(
    tasks: Sequence[Task],
    prices: Prices,
    learned: LearnedEstimates = NOTHING_LEARNED,
    *,
    guessed: bool = False,
) -> dict[str, ResourceEstimate]:
    """An estimate for each task, by id.

    Args:
        guessed: durations that are given come of a template or a model, which know no more than a prior: past runs
            correct them. What a person gave stays.
    """
    estimates = {task.task_id: _learned(task, learned, guessed=guessed) for task in tasks}
    return _with_costs(tasks, priced(tasks, estimates, prices), learned, prices.listed)


def _learned(task: Task, learned: LearnedEstimates, *, guessed: bool) -> ResourceEstimate:
    given, believed = task.resource_estimate, estimate_task(task)
    if given is None:
        return learned.estimate(task, believed)
    if given.duration == NOTHING:
        found = learned.estimate(task, believed)
        return believed.model_copy(update={"duration": found.duration, "basis": _beside(given, found, believed)})
    return learned.estimate(task, believed, is_given=True) if guessed else believed


def _beside(given: ResourceEstimate, found: ResourceEstimate, believed: ResourceEstimate) -> str:
    return believed.basis if found is believed else f"{given.basis or GIVEN}; {found.basis}"


def _with_costs(
    tasks: Sequence[Task], estimates: Mapping[str, ResourceEstimate], learned: LearnedEstimates, prices: PriceList
) -> dict[str, ResourceEstimate]:
    """The estimates with what such work has cost before, where nobody knows a price.

    A task whose words speak of spending stays unknown: what the last purchase came to says nothing of the next.
    """
    found = dict(estimates)
    for task in tasks if len(learned) else ():
        before = found[task.task_id]
        if before.cost != NOTHING or task.resource_estimate is not None or mention(SPENDING, task.name):
            continue
        cost = learned.cost(task, prices)
        if cost != NOTHING:
            found[task.task_id] = before.model_copy(update={"cost": cost, "basis": before.basis + BY_RUNS})
    return found
