"""What a task costs: a call of its tool at the tool's price, or the tokens it is expected to use at the model's.

    cost = cost_per_call                            with a tool; up to the number of its attempts
    cost = tokens · price of 1,000 tokens / 1,000   without one

A cost that somebody gave goes first. Where there is no price the cost is not zero but unknown: see `unpriced`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from groundplan.domain.resources import NOTHING, PRICED, ResourceEstimate, ThreePoint
from groundplan.domain.risk_words import SPENDING, mention
from groundplan.domain.task import Task
from groundplan.domain.tools import ToolSpec


@dataclass(frozen=True)
class Prices:
    """What calls of tools and tokens cost. `per_1000_tokens` is None if nobody said what the model's cost."""

    tools: Mapping[str, ToolSpec] = field(default_factory=dict)
    per_1000_tokens: float | None = None


def price_of_tokens(model_name: str, table: Mapping[str, float]) -> float | None:
    """The price of 1,000 tokens of the model: that of the longest name in the table that its name begins with."""
    fitting = [name for name in table if model_name.startswith(name)]
    return table[max(fitting, key=len)] if fitting else None


def charge(task: Task, tokens: int, prices: Prices) -> float:
    """What one attempt at the task has cost, if its executor did not say: one call of its tool, else its tokens."""
    if task.tool is not None:
        tool = prices.tools.get(task.tool)
        return (tool.cost_per_call if tool else None) or 0.0
    return tokens * (prices.per_1000_tokens or 0.0) / 1000


def priced(
    tasks: Sequence[Task], estimates: Mapping[str, ResourceEstimate], prices: Prices
) -> dict[str, ResourceEstimate]:
    """The estimates with what each task costs, where that is known and nobody gave it."""
    return {task.task_id: _priced(task, estimates[task.task_id], prices) for task in tasks}


def unpriced(tasks: Sequence[Task], estimates: Mapping[str, ResourceEstimate], prices: Prices) -> list[str]:
    """The tasks, by id, whose cost nobody knows: a tool or model without a price, or a text that speaks of spending."""
    return [task.task_id for task in tasks if _is_unknown(task, estimates[task.task_id], prices)]


def _priced(task: Task, estimate: ResourceEstimate, prices: Prices) -> ResourceEstimate:
    cost = NOTHING if estimate.cost != NOTHING else _cost(task, estimate, prices)
    if cost == NOTHING:
        return estimate
    return estimate.model_copy(update={"cost": cost, "basis": f"{estimate.basis}{PRICED}"})


def _cost(task: Task, estimate: ResourceEstimate, prices: Prices) -> ThreePoint:
    if task.tool is not None:
        tool = prices.tools.get(task.tool)
        once = (tool.cost_per_call if tool else None) or 0.0
        return ThreePoint(once, once, once * task.retry_policy.attempts)
    each = (prices.per_1000_tokens or 0.0) / 1000
    return ThreePoint(*(tokens * each for tokens in estimate.tokens))


def _is_unknown(task: Task, estimate: ResourceEstimate, prices: Prices) -> bool:
    if estimate.cost != NOTHING:
        return False
    if task.tool is not None:
        tool = prices.tools.get(task.tool)
        return tool is None or tool.cost_per_call is None
    return (estimate.tokens != NOTHING and prices.per_1000_tokens is None) or bool(mention(SPENDING, task.name))
