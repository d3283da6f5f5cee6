"""Resources of this process: a pool that grants them, and lets wait who comes when there is not enough."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from groundplan.domain.pricing_list import NO_PRICES, PriceList
from groundplan.execution.resources.allocation import (
    Allocation,
    AllocationRequest,
    Availability,
    Cost,
    Offer,
    ResourceKind,
)
from groundplan.execution.resources.book import Book
from groundplan.execution.resources.failures import conflict


@dataclass(slots=True, eq=False)
class _Waiting:
    """A request that could not be granted yet."""

    request: AllocationRequest
    number: int
    callers: int = 0
    granted: asyncio.Future[Allocation] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def place(self) -> tuple[int, int]:
        return (-self.request.priority, self.number)


class LocalPool:
    """Grants what there is in this process. For one event loop.

        pool = LocalPool({"cpu_cores": 8, "memory_mb": 16_384})

    Whoever waits is served by priority, then by who came first. What the first in line waits for is kept from those
    behind, so that a large request is not starved by small ones; nothing that is running is taken away.

    Args:
        kinds: the resources, or their capacities by name.
        prices: what they cost.
        only_these: whether a resource of another name does not exist; else there is no limit to it.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        kinds: Iterable[ResourceKind] | Mapping[str, float] = (),
        *,
        prices: PriceList = NO_PRICES,
        only_these: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        given = kinds.items() if isinstance(kinds, Mapping) else [(kind.name, kind) for kind in kinds]
        known = [
            kind if isinstance(kind, ResourceKind) else ResourceKind(name=name, capacity=kind) for name, kind in given
        ]
        self.book = Book(known, only_these=only_these)
        self.prices = prices
        self._clock = clock
        self._line: list[_Waiting] = []
        self._numbers = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    async def availability(self, *, fresh: bool = False) -> Availability:  # noqa: ARG002  # it always is
        """See `ResourceProvider.availability`."""
        free = self._free_beside(self._line)
        rates = self.prices.resources
        offers = [
            Offer(**dict(kind), free=free[name], price_per_hour=rates.get(name))
            for name, kind in self.book.kinds.items()
        ]
        return Availability(offers=offers, currency=self.prices.currency)

    async def allocate(self, request: AllocationRequest, *, wait: float = 0.0) -> Allocation | None:
        """See `ResourceProvider.allocate`."""
        known = self.book.known(request, self._clock())
        if known is not None:
            return known
        self.book.check(request.amounts)
        waiting = self._in_line(request) or self._join(request)
        waiting.callers += 1
        try:
            if not waiting.granted.done() and wait > 0:
                await asyncio.wait([waiting.granted], timeout=wait)
            return waiting.granted.result() if waiting.granted.done() else None
        finally:
            self._leave(waiting)

    async def reallocate(self, allocation_id: str, amounts: Mapping[str, float]) -> Allocation | None:
        """See `ResourceProvider.reallocate`."""
        own = self.book.priority_of(allocation_id) or 0
        free = self._free_beside(one for one in self._line if one.request.priority >= own)
        changed = self.book.change(allocation_id, amounts, self._clock(), free)
        self._serve()
        return changed

    async def renew(self, allocation_ids: Collection[str], lease_seconds: float) -> set[str]:
        """See `ResourceProvider.renew`."""
        return self.book.renew(allocation_ids, lease_seconds, self._clock())

    async def release(self, allocation_id: str) -> bool:
        """See `ResourceProvider.release`."""
        was_held = self.book.release(allocation_id)
        self._serve()
        return was_held

    async def release_all(self, owner: str) -> int:
        """See `ResourceProvider.release_all`."""
        mine = self.book.held(self._clock(), owner)
        asked = [waiting.request for waiting in self._line if waiting.request.owner == owner]
        for one in (*mine, *asked):
            self.book.release(one.allocation_id)
        self._serve()
        return len(mine)

    async def held(self, owner: str) -> list[Allocation]:
        """See `ResourceProvider.held`."""
        return self.book.held(self._clock(), owner)

    async def cost(self, amounts: Mapping[str, float], seconds: float) -> Cost:
        """See `ResourceProvider.cost`."""
        unpriced = sorted(name for name in amounts if name not in self.prices.resources)
        amount = self.prices.cost_of_resources(amounts, seconds)
        return Cost(amount=amount, currency=self.prices.currency, unpriced=unpriced)

    def everything(self) -> list[Allocation]:
        """What is held, by anybody."""
        return self.book.held(self._clock())

    def restore(self, request: AllocationRequest, seconds_left: float) -> None:
        """Hold what was granted before a restart, whether it fits or not."""
        self.book.restore(request, self._clock() + seconds_left)

    def taken(self) -> dict[str, list[tuple[float, float]]]:
        """Of the rate limits, how long ago (seconds) how much was taken in the window that is open."""
        return self.book.taken(self._clock())

    def restore_taken(self, taken: Mapping[str, Iterable[tuple[float, float]]]) -> None:
        """Count as taken what was before a restart."""
        for name, moments in taken.items():
            self.book.restore_taken(name, moments, self._clock())

    def set_kind(self, kind: ResourceKind) -> None:
        """Add a resource, or change how much there is; what is granted stays granted, even if that is more."""
        self.book.kinds[kind.name] = kind
        self._serve()

    def remove_kind(self, name: str) -> bool:
        """There is no such resource any more; whether there was. Who waits for it is refused (E5500)."""
        was_there = self.book.kinds.pop(name, None) is not None
        self._serve()
        return was_there

    def _free_beside(self, line: Iterable[_Waiting]) -> dict[str, float]:
        """What is not kept for these either."""
        free = self.book.free(self._clock())
        for waiting in line:
            if not waiting.granted.done():
                _keep_for(waiting.request, free)
        return free

    def _in_line(self, request: AllocationRequest) -> _Waiting | None:
        """Where the same request waits already, as it does if its caller has lost the connection and asks again."""
        for waiting in self._line:
            if waiting.request.allocation_id == request.allocation_id:
                if (waiting.request.owner, waiting.request.amounts) != (request.owner, request.amounts):
                    raise conflict(request.allocation_id, "is waited for with another owner or other amounts")
                return waiting
        return None

    def _join(self, request: AllocationRequest) -> _Waiting:
        waiting = _Waiting(request, next(self._numbers))
        self._line.append(waiting)
        self._line.sort(key=lambda one: one.place)
        self._serve()
        return waiting

    def _serve(self) -> None:
        """Grant what can be granted to those in line."""
        now = self._clock()
        free = self.book.free(now) if self._line else {}
        for waiting in list(self._line):
            if waiting.granted.done():
                continue
            try:
                self._serve_one(waiting, free, now)
            except Exception as error:  # noqa: BLE001  # it is raised where it is waited for
                waiting.granted.set_exception(error)
        self._look_again_when_something_changes(now)

    def _serve_one(self, waiting: _Waiting, free: dict[str, float], now: float) -> None:
        request = waiting.request
        known = self.book.known(request, now)
        if known is None:
            self.book.check(request.amounts)
            is_granted = self.book.fits(request.amounts, free)
            _keep_for(request, free)
            if not is_granted:
                return
            known = self.book.grant(request, now)
        waiting.granted.set_result(known)

    def _leave(self, waiting: _Waiting) -> None:
        waiting.callers -= 1
        if waiting.callers:
            return
        self._line.remove(waiting)
        if not waiting.granted.done():
            waiting.granted.cancel()
            self._serve()  # what was kept for it is free for those behind

    def _look_again_when_something_changes(self, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        at = self.book.next_change(now) if any(not one.granted.done() for one in self._line) else None
        if at is not None:
            self._timer = asyncio.get_running_loop().call_later(at - now + 0.001, self._serve)


def _keep_for(request: AllocationRequest, free: dict[str, float]) -> None:
    for name, amount in request.amounts.items():
        if name in free:
            free[name] = max(0.0, free[name] - amount)
