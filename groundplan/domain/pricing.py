"""What a task costs: a call of its tool at the tool's price, or the tokens it is expected to use at the model's.

    cost = cost_per_call                            with a tool; up to the number of its attempts
    cost = tokens · price of 1,000 tokens / 1,000   without one
         + amount · price of an hour · hours        for each resource that it takes up and that has a price

A cost that somebody gave goes first. Where there is no price the cost is not zero but unknown: see `unpriced`. All
costs of a plan are in one currency, that of the price list; what was given in another is converted at its rate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from groundplan.domain.pricing_list import NO_PRICES, PriceList
from groundplan.domain.resources import NOTHING, PRICED, ResourceEstimate, ThreePoint
from groundplan.domain.risk_words import SPENDING, mention
from groundplan.domain.task import Task
from groundplan.domain.tools import ToolSpec


@dataclass(frozen=True)
class Prices:
    """What calls of tools, tokens and resources cost.

    `per_1000_tokens` is None if nobody said what the model's cost; a tool's price in the list goes before its own.
    """

    tools: Mapping[str, ToolSpec] = field(default_factory=dict)
    per_1000_tokens: float | None = None
    listed: PriceList = NO_PRICES

    def of_call(self, tool: str) -> float | None:
        """What one call of the tool costs; None if nobody said."""
        spec = self.tools.get(tool)
        return self.listed.tools.get(tool, spec.cost_per_call if spec else None)


def price_of_tokens(model_name: str, table: Mapping[str, float]) -> float | None:
    """The price of 1,000 tokens of the model: that of the longest name in the table that its name begins with."""
    fitting = [name for name in table if model_name.startswith(name)]
    return table[max(fitting, key=len)] if fitting else None


def charge(task: Task, tokens: int, prices: Prices, seconds: float = 0.0) -> float:
    """What one attempt at the task has cost that took so long, if its executor did not say: one call of its tool, else
    its tokens; and the resources that it took up."""
    taken = 0.0
    if prices.listed.resources and task.resource_estimate is not None:
        taken = prices.listed.cost_of_resources(task.resource_estimate.taken, seconds)
    if task.tool is not None:
        return taken + (prices.of_call(task.tool) or 0.0)
    return taken + tokens * (prices.per_1000_tokens or 0.0) / 1000


def priced(
    tasks: Sequence[Task], estimates: Mapping[str, ResourceEstimate], prices: Prices
) -> dict[str, ResourceEstimate]:
    """The estimates with what each task costs, where that is known and nobody gave it.

    Raises:
        PlanningError: E5505 for a cost in a currency that has no rate.
    """
    return {task.task_id: _priced(task, estimates[task.task_id], prices) for task in tasks}


def unpriced(tasks: Sequence[Task], estimates: Mapping[str, ResourceEstimate], prices: Prices) -> list[str]:
    """The tasks, by id, whose cost nobody knows: a tool or model without a price, or a text that speaks of spending."""
    return [task.task_id for task in tasks if _is_unknown(task, estimates[task.task_id], prices)]


def _priced(task: Task, estimate: ResourceEstimate, prices: Prices) -> ResourceEstimate:
    currency = prices.listed.currency
    if estimate.cost != NOTHING:
        if estimate.currency == currency:
            return estimate
        converted = ThreePoint(*(prices.listed.converted(amount, estimate.currency) for amount in estimate.cost))
        return estimate.model_copy(update={"cost": converted, "currency": currency})
    cost = _cost(task, estimate, prices)
    if cost == NOTHING:
        # Also where nothing is known: what the task will have cost is counted in it, and learned from.
        return estimate if estimate.currency == currency else estimate.model_copy(update={"currency": currency})
    return estimate.model_copy(update={"cost": cost, "currency": currency, "basis": f"{estimate.basis}{PRICED}"})


def _cost(task: Task, estimate: ResourceEstimate, prices: Prices) -> ThreePoint:
    taken = [prices.listed.cost_of_resources(estimate.taken, seconds) for seconds in estimate.duration]
    if task.tool is not None:
        once = prices.of_call(task.tool) or 0.0
        work = (once, once, once * task.retry_policy.attempts)
    else:
        each = (prices.per_1000_tokens or 0.0) / 1000
        low, likely, high = estimate.tokens
        work = (low * each, likely * each, high * each)
    return ThreePoint(*(one + other for one, other in zip(work, taken, strict=True)))


def _is_unknown(task: Task, estimate: ResourceEstimate, prices: Prices) -> bool:
    if estimate.cost != NOTHING:
        return False
    if task.tool is not None:
        return prices.of_call(task.tool) is None
    return (estimate.tokens != NOTHING and prices.per_1000_tokens is None) or bool(mention(SPENDING, task.name))
