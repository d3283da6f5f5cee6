"""A bounded cache in memory: least recently used goes first, and nothing outlives its time."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")


class _Entry(NamedTuple, Generic[Value]):
    value: Value
    weight: int
    expires_at: float


class LruCache(Generic[Value]):
    """Values by key, at most `max_entries` of them and at most `max_weight` in all.

    The weight of a value is whatever its owner counts (here: the steps of an outline), because a thousand
    small values are nothing and a thousand large ones are gigabytes. Times are seconds of `clock`.
    """

    def __init__(self, max_entries: int, max_weight: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._entries: OrderedDict[str, _Entry[Value]] = OrderedDict()
        self._max_entries = max_entries
        self._max_weight = max_weight
        self._weight = 0
        self._clock = clock

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str) -> Value | None:
        """The value, now the most recently used one; None if there is none or its time is over."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if self._clock() >= entry.expires_at:
            self.drop(key)
            return None
        self._entries.move_to_end(key)
        return entry.value

    def put(self, key: str, value: Value, *, ttl_seconds: float, weight: int = 1) -> None:
        """Keep the value for so long. One that is heavier than the whole cache may be is not kept."""
        self.drop(key)
        if weight > self._max_weight or ttl_seconds <= 0:
            return
        self._entries[key] = _Entry(value, weight, self._clock() + ttl_seconds)
        self._weight += weight
        while len(self._entries) > self._max_entries or self._weight > self._max_weight:
            self.drop(next(iter(self._entries)))

    def drop(self, key: str) -> None:
        """Forget the value, if it is there."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._weight -= entry.weight
