"""The port: whoever grants resources to tasks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol, runtime_checkable

from groundplan.execution.resources.allocation import Allocation, AllocationRequest, Availability, Cost


@runtime_checkable
class ResourceProvider(Protocol):
    """Grants amounts of resources, for as long as they are renewed.

    Every call may be made again: allocating under the same id gives the same allocation, releasing what is not held is
    no error. Any of them raises PlanningError E5501 (retryable) while the provider does not answer and E5502 if what
    it answers makes no sense; an error of a driver never comes through.
    """

    async def availability(self, *, fresh: bool = False) -> Availability:
        """What there is, and how much of it is free; `fresh` asks also where a recent answer is known."""
        ...

    async def allocate(self, request: AllocationRequest, *, wait: float = 0.0) -> Allocation | None:
        """The allocation; None if there was not enough for `wait` seconds.

        Whoever waits is served by priority, then by who came first; nobody of lower priority gets what they wait for.

        Raises:
            PlanningError: E5500 if there is not so much at all, E5503 if the id is taken by another request or was
                released.
        """
        ...

    async def reallocate(self, allocation_id: str, amounts: Mapping[str, float]) -> Allocation | None:
        """The allocation with other amounts; None if there is not enough now, and it stays as it was. What somebody of
        the same or a higher priority waits for is not there for it.

        Raises:
            PlanningError: E5500 if there is not so much at all, E5504 if it is not held.
        """
        ...

    async def renew(self, allocation_ids: Collection[str], lease_seconds: float) -> set[str]:
        """Let them last for so long from now; the ids of those that are still held."""
        ...

    async def release(self, allocation_id: str) -> bool:
        """Give it back; whether it was held. Who waits under this id waits no longer, and it is never granted again."""
        ...

    async def release_all(self, owner: str) -> int:
        """Give back everything that the owner has or waits for, and how many allocations that were."""
        ...

    async def held(self, owner: str) -> list[Allocation]:
        """What the owner has at this moment."""
        ...

    async def cost(self, amounts: Mapping[str, float], seconds: float) -> Cost:
        """What these amounts cost for so long."""
        ...
