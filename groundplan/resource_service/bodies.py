"""What comes in and goes out over HTTP. Numbers are numbers: a text that looks like one is refused."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from groundplan.domain.frozen import Frozen
from groundplan.domain.ids import Id
from groundplan.domain.resources import MOST_AMOUNT
from groundplan.execution.resources.allocation import (
    Allocation,
    AllocationId,
    AllocationRequest,
    Amounts,
    ResourceKind,
    Seconds,
)


def _whole(given: Any) -> Any:
    """A number without a fraction is an integer in JSON, however it is written."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


class Body(Frozen):
    """The base of bodies."""

    model_config = ConfigDict(strict=True)


class AllocationBody(Body):
    """What is asked for under the allocation's id. `wait_seconds`: how long the answer may take if there is not
    enough now; of those who wait the one of the highest `priority` is served first."""

    owner: Id
    amounts: Amounts
    priority: Annotated[int, BeforeValidator(_whole)] = Field(default=5, ge=1, le=10)
    lease_seconds: Seconds = 60.0
    purpose: str = Field(default="", max_length=400)
    wait_seconds: float = Field(default=0.0, ge=0, le=30)

    def request(self, allocation_id: str) -> AllocationRequest:
        """The request as the pool takes it."""
        return AllocationRequest(allocation_id=allocation_id, **self.model_dump(exclude={"wait_seconds"}))


class AmountsBody(Body):
    """Amounts that are to take the place of those that are allocated."""

    amounts: Amounts


class RenewalBody(Body):
    """Allocations that are to last for so long from now."""

    allocation_ids: list[AllocationId] = Field(max_length=10_000)
    lease_seconds: Seconds = 60.0


class CostBody(Body):
    """Amounts and for how long."""

    amounts: Amounts
    seconds: float = Field(ge=0, le=1e9)


class CapacityBody(Body):
    """How much there is of a resource."""

    capacity: float = Field(ge=0, le=MOST_AMOUNT)
    unit: str = Field(default="", max_length=40)
    per_seconds: Seconds | None = None

    def kind(self, name: str) -> ResourceKind:
        """The resource as the pool takes it."""
        return ResourceKind(name=name, **self.model_dump())


class Granted(Body):
    """Whether it was granted. `allocation` is null if there was not enough for as long as was waited."""

    allocation: Allocation | None


class Allocations(Body):
    """What is allocated."""

    allocations: list[Allocation]


class Renewed(Body):
    """Those that are still held."""

    allocation_ids: list[str]


class Released(Body):
    """How many allocations were held and are not any more."""

    released: int


class Health(Body):
    """It works."""

    status: Annotated[str, Field(pattern="^ok$")] = "ok"


class Problem(Body):
    """An error (RFC 9457). `code` is that of docs/errors.md."""

    title: str
    status: int
    code: str
    detail: str
    data: dict[str, Any] = Field(default_factory=dict)
