"""What tasks need and what there is: three-point estimates, budgets, limits."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field

from groundplan.domain.frozen import Frozen


class ThreePoint(NamedTuple):
    """An estimate as optimistic, likely and pessimistic value, in that order, none below zero or over 10^15.

    Mean and standard deviation are those of the beta-PERT approximation:
    `mean = (o + 4 l + p) / 6`, `std = (p - o) / 6` (Malcolm et al. 1959, Operations Research 7(5)).
    """

    optimistic: float
    likely: float
    pessimistic: float

    @property
    def mean(self) -> float:
        return (self.optimistic + 4 * self.likely + self.pessimistic) / 6

    @property
    def std(self) -> float:
        return (self.pessimistic - self.optimistic) / 6


_MOST = 1e15
"""Thirty million years, or more tokens than were ever counted: sums of such numbers can still be told apart."""


def _in_order(points: ThreePoint) -> ThreePoint:
    if not 0 <= points.optimistic <= points.likely <= points.pessimistic <= _MOST:
        raise ValueError(f"needs 0 <= optimistic <= likely <= pessimistic <= {_MOST:g}, got {tuple(points)}")
    return points


Estimate = Annotated[ThreePoint, AfterValidator(_in_order)]
NOTHING = ThreePoint(0.0, 0.0, 0.0)
GIVEN = "given"
"""The basis of an estimate that somebody gave; a rule that adds to it says so behind it."""
PRICED = "; by price"
"""What the basis of an estimate ends in whose cost was worked out by a price."""


MOST_AMOUNT = 1e12
"""Of anything that is taken up: thousandths of it are counted in whole numbers."""
MOST_NAMES = 32
"""So many different things one task may take up, CPU and memory among them."""

ResourceName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.:-]{0,63}$")]
Amount = Annotated[float, Field(gt=0, le=MOST_AMOUNT)]


class ResourceEstimate(Frozen):
    """What one task is expected to need.

    `duration` is in seconds, `tokens` counts model tokens in and out, `cost` is money in `currency`; `resources` are
    other things that it takes up while it runs, by name: `{"gpu": 1, "search_calls": 3}`.
    """

    duration: Estimate = NOTHING
    tokens: Estimate = NOTHING
    cost: Estimate = NOTHING
    cpu_cores: float = Field(default=0.0, ge=0, le=MOST_AMOUNT)
    memory_mb: float = Field(default=0.0, ge=0, le=MOST_AMOUNT)
    resources: dict[ResourceName, Amount] = Field(default_factory=dict, max_length=MOST_NAMES - 2)
    currency: str = "USD"
    basis: str = ""
    """Where the numbers come from, in a few words."""

    @property
    def taken(self) -> dict[str, float]:
        """What the task takes up while it runs, by name: CPU, memory and other resources of which it needs some."""
        all_of_them = {"cpu_cores": self.cpu_cores, "memory_mb": self.memory_mb, **self.resources}
        return {name: amount for name, amount in all_of_them.items() if amount > 0}


class ResourceConstraints(Frozen):
    """What there is for a plan to use at one time, and in all; None means no limit."""

    max_concurrent_tasks: int | None = Field(default=None, ge=1)
    cpu_cores: float | None = Field(default=None, gt=0)
    memory_mb: float | None = Field(default=None, gt=0)
    max_tokens: int | None = Field(default=None, ge=0)
    max_cost: float | None = Field(default=None, ge=0)


class ResourceBudget(Frozen):
    """What a plan is expected to use in all (sums over its tasks), and its limits where the goal set some."""

    duration_seconds: float = 0.0
    tokens: float = 0.0
    cost: float = 0.0
    currency: str = "USD"
    max_tokens: int | None = None
    max_cost: float | None = None
