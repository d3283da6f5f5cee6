"""Leave a service that failed alone for a while, then try it once."""

from __future__ import annotations

import time
from collections.abc import Callable


class CircuitBreaker:
    """Closed: calls go through. Open, after a failure: none does, until the wait is over. Half-open: one does.

    The first wait is `wait_seconds`; each failed trial doubles it, up to `max_wait_seconds`. A trial that ends
    without a word (its task was cancelled) counts as failed: the next trial comes after another wait.
    """

    def __init__(
        self,
        wait_seconds: float = 2.0,
        max_wait_seconds: float = 60.0,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._first_wait = wait_seconds
        self._max_wait = max_wait_seconds
        self._clock = clock
        self._wait = 0.0
        self._retry_at = 0.0
        self._trying = False

    @property
    def is_closed(self) -> bool:
        return self._wait == 0.0

    @property
    def wait_seconds(self) -> float:
        """How long the present wait lasts; 0.0 while closed."""
        return self._wait

    def allows(self) -> bool:
        """Whether a call may go through now. True to one caller per wait while open."""
        if self.is_closed:
            return True
        if self._clock() < self._retry_at:
            return False
        self._retry_at = self._clock() + self._wait
        self._trying = True
        return True

    def succeeded(self) -> bool:
        """A call went well. True if that closed the circuit."""
        was_open = not self.is_closed
        self._wait, self._trying = 0.0, False
        return was_open

    def failed(self) -> bool:
        """A call failed. True if that opened the circuit, False if it was open already."""
        opened = self.is_closed
        if opened:
            self._wait = self._first_wait
        elif self._trying:
            self._wait = min(self._wait * 2, self._max_wait)
        else:
            return False  # sent before the circuit opened: says nothing new
        self._trying = False
        self._retry_at = self._clock() + self._wait
        return opened
