"""The plan cache: what this process has just used, then what any process has put into Redis."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable

from groundplan.domain.outline import Outline
from groundplan.domain.signing import Keyring
from groundplan.stores.cache.guarded_redis import GuardedRedis
from groundplan.stores.cache.lru import LruCache
from groundplan.stores.cache.redis_outlines import RedisOutlines
from groundplan.stores.cache.single_flight import SingleFlight

_FIRST_LOOK, _SLOWEST_LOOK = 0.05, 0.25
"""Seconds between two looks at an outline that another process is making."""


class TwoLevelPlanCache:
    """A `PlanCache`: first level an LRU of outlines in memory, second level Redis, if there is a URL.

    Whoever is told None for a key makes the outline; all others who ask for it, in this process or (with
    Redis) in another, wait for `put` or `forget`, but at most `patience_seconds`: then the next one makes it. A
    Redis that is gone or slow is left alone for a while, logged once, and tried again; meanwhile each process
    has its first level. Outlines are handed out as they are, not copied: nobody changes one.

    Args:
        ttl_seconds: how long an outline is kept, on both levels; 0 switches the cache off.
        redis_url: `redis://…`, `rediss://…` or `unix://…`; None for the first level alone.
        keyring: seals what is put into Redis; what was not sealed with one of its keys is not believed. Without it
            nothing is that another process has put there.
        max_entries, max_steps: bounds of the first level: outlines, and steps of all of them together.
        patience_seconds: how long to wait for one who makes the same outline.
        timeout_seconds: the longest that one call of Redis may take.

    Raises:
        PlanningError: E5806 for a Redis URL that is none.
    """

    def __init__(
        self,
        ttl_seconds: float = 3600.0,
        *,
        redis_url: str | None = None,
        keyring: Keyring | None = None,
        max_entries: int = 1000,
        max_steps: int = 50_000,
        patience_seconds: float = 120.0,
        timeout_seconds: float = 0.5,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ttl = ttl_seconds
        self._first: LruCache[Outline] = LruCache(max_entries, max_steps, clock=clock)
        self._flights = SingleFlight(patience_seconds, clock=clock)
        self._second: RedisOutlines | None = None
        if redis_url and ttl_seconds > 0:
            guarded = GuardedRedis(redis_url, timeout_seconds=timeout_seconds)
            ring = keyring or Keyring({"process": secrets.token_bytes(32)}, "process")
            self._second = RedisOutlines(guarded, ring, ttl_seconds=ttl_seconds, hold_seconds=patience_seconds)
        self._l1_hits = self._l2_hits = self._misses = 0

    @property
    def redis_status(self) -> str:
        """`ok`, `down` (since the last call that failed) or `off` (no URL, or the cache is switched off)."""
        if self._second is None:
            return "off"
        return "ok" if self._second.redis.is_up else "down"

    async def get(self, key: str, *, shared: bool = True) -> Outline | None:
        """As `PlanCache.get`."""
        if self._ttl <= 0:
            self._misses += 1
            return None
        found = self._first.get(key)
        if found is not None:
            self._l1_hits += 1
            return found
        return await self._waited(key, self._second if shared else None)

    async def put(self, key: str, outline: Outline, *, shared: bool = True) -> None:
        """As `PlanCache.put`. In this process it is there at once, even if Redis takes its time."""
        if self._ttl <= 0:
            return
        self._keep_here(key, outline, self._ttl)
        self._flights.release(key)
        if self._second is not None and shared:
            await self._second.keep(key, outline)

    async def forget(self, key: str) -> None:
        """As `PlanCache.forget`."""
        self._flights.release(key)
        if self._second is not None:
            await self._second.release(key)

    def stats(self) -> dict[str, float]:
        """As `PlanCache.stats`."""
        hits = self._l1_hits + self._l2_hits
        looked = hits + self._misses
        return {
            "hits": hits,
            "misses": self._misses,
            "hit_rate": hits / looked if looked else 0.0,
            "l1_hits": self._l1_hits,
            "l2_hits": self._l2_hits,
            "l2_errors": self._second.redis.errors if self._second else 0,
        }

    async def ping_redis(self) -> None:
        """Pass if Redis answers, or if none is configured. Raises E5000 if it does not."""
        if self._second is not None:
            await self._second.redis.ping()

    async def aclose(self) -> None:
        """Let go of what other processes wait for, and close the connections to Redis."""
        if self._second is not None:
            await self._second.aclose()

    async def _waited(self, key: str, second: RedisOutlines | None) -> Outline | None:
        deadline = self._flights.deadline()
        while not self._flights.take(key, deadline):
            await self._flights.wait(key, deadline)
            found = self._first.get(key)
            if found is not None:
                self._l1_hits += 1
                return found
        try:
            found = await self._from_second(key, second, deadline)
        except BaseException:  # cancelled while it held the key: the next one must not wait for it
            self._flights.release(key)
            raise
        if found is None:
            self._misses += 1
        return found

    async def _from_second(self, key: str, second: RedisOutlines | None, deadline: float) -> Outline | None:
        """Look into Redis, and again for as long as another process makes the outline."""
        if second is None:
            return None
        pause = _FIRST_LOOK
        while True:
            claim = await second.claim(key)
            if claim.outline is not None:
                self._l2_hits += 1
                self._keep_here(key, claim.outline, min(claim.ttl_seconds, self._ttl))
                self._flights.release(key)
                return claim.outline
            if not claim.is_taken or self._flights.is_over(deadline):
                return None
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _SLOWEST_LOOK)

    def _keep_here(self, key: str, outline: Outline, ttl_seconds: float) -> None:
        self._first.put(key, outline, ttl_seconds=ttl_seconds, weight=max(1, len(outline.steps)))
