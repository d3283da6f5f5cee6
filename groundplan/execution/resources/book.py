"""What is allocated of which resource, at any moment that it is told: no clock, no waiting.

free(r) = capacity(r) − Σ amounts that are held                     renewable
free(r) = capacity(r) − Σ amounts granted in the last per_seconds   rate limit (a sliding window)
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from groundplan.execution.resources import failures
from groundplan.execution.resources.allocation import TOLERANCE, Allocation, AllocationRequest, ResourceKind

_REMEMBERED = 10_000
"""So many released ids are known, the latest: a request that comes late must not allocate again."""


@dataclass(frozen=True, slots=True)
class Held:
    """An allocation and the moment at which it ends unless it is renewed."""

    request: AllocationRequest
    until: float


class Book:
    """The resources and who has how much of them. Moments are seconds of one clock that never goes back.

    Args:
        only_these: whether a resource of another name does not exist; else there is as much of it as anybody wants.
    """

    def __init__(self, kinds: Iterable[ResourceKind] = (), *, only_these: bool = True) -> None:
        self.only_these = only_these
        self.kinds = {kind.name: kind for kind in kinds}
        self._held: dict[str, Held] = {}
        self._taken: dict[str, deque[tuple[float, float]]] = {}
        self._released: OrderedDict[str, None] = OrderedDict()

    def check(self, amounts: Mapping[str, float]) -> None:
        """Pass if there is so much at all, free or not. Raises PlanningError E5500."""
        for name, amount in amounts.items():
            kind = self.kinds.get(name)
            if kind is None and not self.only_these:
                continue
            if kind is None or amount > kind.capacity + TOLERANCE:
                raise failures.more_than_there_is(name, amount, kind.capacity if kind else None)

    def free(self, now: float) -> dict[str, float]:
        """How much of each resource is free."""
        self._forget_what_is_over(now)
        used = dict.fromkeys(self.kinds, 0.0)
        for held in self._held.values():
            for name, amount in held.request.amounts.items():
                if name in used and self.kinds[name].per_seconds is None:
                    used[name] += amount
        for name, taken in self._taken.items():
            if name in used:
                used[name] = math.fsum(amount for _, amount in taken)
        return {name: max(0.0, kind.capacity - used[name]) for name, kind in self.kinds.items()}

    def fits(self, amounts: Mapping[str, float], free: Mapping[str, float]) -> bool:
        """Whether so much is free."""
        of_others = 0.0 if self.only_these else math.inf
        return all(amount <= free.get(name, of_others) + TOLERANCE for name, amount in amounts.items())

    def known(self, request: AllocationRequest, now: float) -> Allocation | None:
        """What is held under the request's id already, renewed; None if nothing is.

        Raises:
            PlanningError: E5503 if another request has this id, or it was released.
        """
        self._forget_what_is_over(now)
        if request.allocation_id in self._released:
            raise failures.conflict(request.allocation_id, "was released")
        held = self._held.get(request.allocation_id)
        if held is None:
            return None
        if (held.request.owner, held.request.amounts) != (request.owner, request.amounts):
            raise failures.conflict(request.allocation_id, "is held with another owner or other amounts")
        return self._hold(replace(held, until=max(held.until, now + request.lease_seconds)), now)

    def grant(self, request: AllocationRequest, now: float) -> Allocation:
        """Allocate it; whether that fits is for the caller to know."""
        self._take(request.amounts, now)
        return self._hold(Held(request, now + request.lease_seconds), now)

    def restore(self, request: AllocationRequest, until: float) -> None:
        """Hold it until then, whether it fits or not."""
        self._held[request.allocation_id] = Held(request, until)

    def taken(self, now: float) -> dict[str, list[tuple[float, float]]]:
        """Of the rate limits, how long ago (seconds) how much was taken in the window that is open; oldest first."""
        self._forget_what_is_over(now)
        return {name: [(now - at, amount) for at, amount in taken] for name, taken in self._taken.items() if taken}

    def restore_taken(self, name: str, taken: Iterable[tuple[float, float]], now: float) -> None:
        """Count it as taken so long ago."""
        self._taken[name] = deque(sorted((now - ago, amount) for ago, amount in taken))

    @property
    def released(self) -> list[str]:
        """The ids that are not granted again, oldest first."""
        return list(self._released)

    def change(
        self, allocation_id: str, amounts: Mapping[str, float], now: float, free: Mapping[str, float] | None = None
    ) -> Allocation | None:
        """The allocation with other amounts; None if there is not so much `free` (by default what nobody holds).

        Raises:
            PlanningError: E5500, E5504.
        """
        free = self.free(now) if free is None else free
        held = self._held.get(allocation_id)
        if held is None:
            raise failures.not_held(allocation_id)
        self.check(amounts)
        before = held.request.amounts
        more = {name: amount - before.get(name, 0.0) for name, amount in amounts.items()}
        more = {name: amount for name, amount in more.items() if amount > 0}
        if not self.fits(more, free):
            return None
        self._take(more, now)
        return self._hold(replace(held, request=held.request.model_copy(update={"amounts": dict(amounts)})), now)

    def priority_of(self, allocation_id: str) -> int | None:
        """That of what is held under this id; None if nothing is."""
        held = self._held.get(allocation_id)
        return None if held is None else held.request.priority

    def renew(self, allocation_ids: Collection[str], lease_seconds: float, now: float) -> set[str]:
        """Let them last; the ids of those that are held."""
        self._forget_what_is_over(now)
        found = {one: self._held[one] for one in allocation_ids if one in self._held}
        for allocation_id, held in found.items():
            self._held[allocation_id] = replace(held, until=now + lease_seconds)
        return set(found)

    def release(self, allocation_id: str) -> bool:
        """Give it back, and never grant it again; whether it was held."""
        self._released[allocation_id] = None
        self._released.move_to_end(allocation_id)
        while len(self._released) > _REMEMBERED:
            self._released.popitem(last=False)
        return self._held.pop(allocation_id, None) is not None

    def held(self, now: float, owner: str | None = None) -> list[Allocation]:
        """What is held, by one owner or by everybody."""
        self._forget_what_is_over(now)
        return [_as_seen(held, now) for held in self._held.values() if owner in (None, held.request.owner)]

    def next_change(self, now: float) -> float | None:
        """The next moment at which something becomes free by itself; None if nothing will."""
        moments = [held.until for held in self._held.values()]
        moments += [taken[0][0] + self._window(name) for name, taken in self._taken.items() if taken]
        return max(now, min(moments)) if moments else None

    def _take(self, amounts: Mapping[str, float], now: float) -> None:
        for name, amount in amounts.items():
            if self._window(name):
                self._taken.setdefault(name, deque()).append((now, amount))

    def _hold(self, held: Held, now: float) -> Allocation:
        self._held[held.request.allocation_id] = held
        return _as_seen(held, now)

    def _forget_what_is_over(self, now: float) -> None:
        over = [allocation_id for allocation_id, held in self._held.items() if held.until <= now]
        for allocation_id in over:
            del self._held[allocation_id]
        for name, taken in self._taken.items():
            while taken and taken[0][0] + self._window(name) <= now:
                taken.popleft()

    def _window(self, name: str) -> float:
        kind = self.kinds.get(name)
        return (kind.per_seconds if kind else None) or 0.0


def _as_seen(held: Held, now: float) -> Allocation:
    return Allocation.model_construct(**dict(held.request), seconds_left=max(0.0, held.until - now))
