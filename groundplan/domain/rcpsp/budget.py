"""How long to go on: until a time has passed, or until so many schedules have been generated."""

from __future__ import annotations

import math
import time


class Budget:
    """A limit in seconds, in schedules, or both.

    Time is looked at after every schedule, and one is only begun if the longest so far would still fit.
    """

    def __init__(self, seconds: float | None, schedules: int | None) -> None:
        if seconds is None and schedules is None:
            raise ValueError("A limit is needed: seconds, schedules or both")
        self._begin = self._last = time.perf_counter()
        self._until = math.inf if seconds is None else self._begin + seconds
        self._most = math.inf if schedules is None else schedules
        self._longest = 0.0
        self.spent = 0

    def spend(self) -> None:
        """Count one schedule."""
        now = time.perf_counter()
        self._longest = max(self._longest, now - self._last)
        self._last = now
        self.spent += 1

    @property
    def left(self) -> bool:
        """Whether another schedule can be generated."""
        return self.spent < self._most and self._last + self._longest <= self._until

    @property
    def expected(self) -> float:
        """How many schedules there will be at the pace so far, at most; asked when at least one has been generated."""
        pace = self.spent / max(self._last - self._begin, 1e-9)
        return min(self._most, (self._until - self._begin) * pace)
