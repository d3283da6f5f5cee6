"""One of many who want the same thing makes it; the others wait, but not for ever."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class _Hold:
    until: float
    released: asyncio.Event = field(default_factory=asyncio.Event)


class SingleFlight:
    """Who holds which key, within one event loop.

    A hold is not bound to a task: who takes a key in one node of a graph gives it back in another. So a holder that
    dies without a word is noticed only by its time: after `patience_seconds` the next one takes over.
    """

    def __init__(self, patience_seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._holds: dict[str, _Hold] = {}
        self._patience = patience_seconds
        self._clock = clock

    def __len__(self) -> int:
        return len(self._holds)

    def deadline(self) -> float:
        """When somebody who begins to wait now has waited long enough."""
        return self._clock() + self._patience

    def is_over(self, deadline: float) -> bool:
        """Whether the deadline has passed."""
        return self._clock() >= deadline

    def take(self, key: str, deadline: float) -> bool:
        """Hold the key if nobody does, if its holder's time is over, or if the caller's own deadline is."""
        hold, now = self._holds.get(key), self._clock()
        if hold is None:
            self._holds[key] = _Hold(until=now + self._patience)
            return True
        if now < min(hold.until, deadline):
            return False
        hold.until = now + self._patience
        return True

    async def wait(self, key: str, deadline: float) -> None:
        """Return when the key was given back, or when it is time to take it over."""
        hold = self._holds.get(key)
        if hold is None:
            return
        seconds = min(hold.until, deadline) - self._clock()
        try:
            async with asyncio.timeout(max(seconds, 0)):
                await hold.released.wait()
        except TimeoutError:
            return

    def release(self, key: str) -> None:
        """Give the key back and wake all who wait for it: they look again, and one of them takes it."""
        hold = self._holds.pop(key, None)
        if hold is not None:
            hold.released.set()
