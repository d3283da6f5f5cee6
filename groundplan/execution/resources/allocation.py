"""What there is, what is asked for, and what was granted.

Amounts are by the name of the resource, in its own unit: `{"cpu_cores": 2, "memory_mb": 512, "gpu": 1}`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from groundplan.domain.frozen import Frozen
from groundplan.domain.ids import Id
from groundplan.domain.resources import MOST_AMOUNT, MOST_NAMES, Amount, ResourceName
from groundplan.domain.task import Task

TOLERANCE = 1e-9

Amounts = Annotated[
    dict[ResourceName, Amount],
    Field(min_length=1, max_length=MOST_NAMES, json_schema_extra={"additionalProperties": False}),
]
LONGEST_LEASE = 86_400.0
Seconds = Annotated[float, Field(gt=0, le=LONGEST_LEASE)]
AllocationId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")]


class ResourceKind(Frozen):
    """One resource.

    Attributes:
        capacity: how much there is at one time.
        unit: of amounts and capacity, for people.
        per_seconds: for a rate limit: `capacity` in any window of so many seconds. What was taken comes back when the
            window has passed, not when it is released.
    """

    name: ResourceName
    capacity: float = Field(ge=0, le=MOST_AMOUNT)
    unit: str = Field(default="", max_length=40)
    per_seconds: Seconds | None = None


class Offer(ResourceKind):
    """A resource, and how much of it is free now: not allocated, and not kept for somebody who waits."""

    free: float = Field(ge=0)
    price_per_hour: float | None = Field(default=None, ge=0)
    """Of one unit, for an hour; None if nobody said."""


class Availability(Frozen):
    """What there is at this moment. Prices are in `currency`."""

    offers: list[Offer] = Field(default_factory=list)
    currency: str = "USD"

    def free(self, name: str) -> float:
        """How much of the resource is free; none of one that does not exist."""
        return next((offer.free for offer in self.offers if offer.name == name), 0.0)


class AllocationRequest(Frozen):
    """Who asks for how much.

    Attributes:
        allocation_id: the idempotency key: asking again under it gives the same allocation.
        owner: the run; everything of one owner can be given back at once.
        priority: of two who wait the one with the higher goes first; the goal's, 1 to 10.
        lease_seconds: an allocation that is not renewed for so long is free again.
        purpose: for people, such as the task's id.
    """

    allocation_id: AllocationId
    owner: Id
    amounts: Amounts
    priority: int = Field(default=5, ge=1, le=10)
    lease_seconds: Seconds = 60.0
    purpose: str = Field(default="", max_length=400)


class Allocation(AllocationRequest):
    """What was granted; it lasts for `seconds_left` unless it is renewed."""

    seconds_left: float = Field(ge=0)


class Cost(Frozen):
    """Money, and the resources among those asked about that have no price."""

    amount: float = Field(ge=0)
    currency: str = "USD"
    unpriced: list[str] = Field(default_factory=list)


def needs(task: Task) -> dict[str, float]:
    """What the task takes up while it runs; {} for one that needs nothing of the kind."""
    return task.resource_estimate.taken if task.resource_estimate is not None else {}
