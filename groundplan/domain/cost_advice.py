"""Where a plan could cost less: the same task by another model or an alternative tool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pydantic import Field

from groundplan.domain.frozen import Frozen
from groundplan.domain.pricing import Prices
from groundplan.domain.resources import ResourceEstimate
from groundplan.domain.task import Task


class CostAdvice(Frozen):
    """A task could cost less. Costs are the expected ones, in `currency`.

    `uses` and `instead` name a tool, or how the name of a model begins.
    """

    task_id: str
    task: str
    uses: str
    cost: float = Field(ge=0)
    instead: str
    cost_instead: float = Field(ge=0)
    currency: str

    @property
    def saves(self) -> float:
        """What the other way costs less."""
        return self.cost - self.cost_instead

    def __str__(self) -> str:
        return (
            f"{self.task} costs {self.cost:.4g} {self.currency} with {self.uses}; "
            f"{self.instead} would save {self.saves:.4g}"
        )


def cost_advice(
    tasks: Sequence[Task], prices: Prices, model_name: str = "", *, models: Mapping[str, float] | None = None
) -> list[CostAdvice]:
    """The cheapest other way for each task that has one, what saves most first.

    Args:
        prices: what the tools and the present model cost.
        model_name: the present model.
        models: what 1,000 tokens cost of models that may be used instead; those of the price list by default.
    """
    others = prices.listed.models if models is None else models
    found = [one for task in tasks for one in _of_task(task, prices, model_name, others)]
    return sorted(found, key=lambda one: (-one.saves, one.task_id))


def _of_task(task: Task, prices: Prices, model_name: str, models: Mapping[str, float]) -> Iterator[CostAdvice]:
    if task.tool is not None:
        present = prices.of_call(task.tool)
        known = {tool: prices.of_call(tool) for tool in task.alternatives}
        yield from _cheaper(task, task.tool, present, {tool: cost for tool, cost in known.items() if cost is not None},
                            prices.listed.currency)  # fmt: skip
    elif prices.per_1000_tokens is not None:
        thousands = _tokens(task.resource_estimate) / 1000
        costs = {name: price * thousands for name, price in models.items()}
        present = prices.per_1000_tokens * thousands
        yield from _cheaper(task, model_name or "the model", present, costs, prices.listed.currency)


def _cheaper(
    task: Task, uses: str, present: float | None, costs: Mapping[str, float], currency: str
) -> Iterator[CostAdvice]:
    if present is None or not costs:
        return
    instead = min(costs, key=lambda name: (costs[name], name))
    if costs[instead] < present:
        yield CostAdvice(
            task_id=task.task_id,
            task=task.name,
            uses=uses,
            cost=present,
            instead=instead,
            cost_instead=costs[instead],
            currency=currency,
        )


def _tokens(estimate: ResourceEstimate | None) -> float:
    return estimate.tokens.mean if estimate is not None else 0.0
