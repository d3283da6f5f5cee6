"""The plan's budget while it runs: reserved before an effect, settled by what it used.

Nothing is kept beside the ledger: a claim carries its reservation, an outcome what was used, so that the sums are the
same after a crash.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from groundplan.domain.ledger import TaskState
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.task import Task


class Budget:
    """Tokens and cost of a run: limits (None for none), used so far, and reserved by what is running."""

    def __init__(self, plan: ExecutionPlan, states: Iterable[TaskState]) -> None:
        self._max_tokens = plan.resource_budget.max_tokens
        self._max_cost = plan.resource_budget.max_cost
        self.tokens = 0
        self.cost = 0.0
        for state in states:
            self.tokens += state.tokens + state.reserved_tokens
            self.cost += state.cost + state.reserved_cost

    @staticmethod
    def need(task: Task) -> tuple[int, float]:
        """What an attempt at this task is expected to use: tokens and cost, the likely values."""
        estimate = task.resource_estimate
        return (round(estimate.tokens.likely), estimate.cost.likely) if estimate else (0, 0.0)

    def allows(self, tokens: int, cost: float) -> bool:
        """Whether that much more fits."""
        fits_tokens = self._max_tokens is None or self.tokens + tokens <= self._max_tokens
        return fits_tokens and (self._max_cost is None or self.cost + cost <= self._max_cost + 1e-9)

    def reserve(self, tokens: int, cost: float) -> None:
        """Set it aside."""
        self.tokens += tokens
        self.cost += cost

    def settle(self, reserved: tuple[int, float], used: tuple[int, float]) -> None:
        """Put what was used in the place of what was reserved."""
        self.tokens += used[0] - reserved[0]
        self.cost += used[1] - reserved[1]

    def as_dict(self) -> Mapping[str, float | None]:
        """Used and reserved so far, with the limits."""
        return {
            "tokens": self.tokens,
            "max_tokens": self._max_tokens,
            "cost": self.cost,
            "max_cost": self._max_cost,
        }
