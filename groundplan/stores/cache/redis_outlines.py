"""Outlines in Redis, and the lock by which one process of many makes an outline.

groundplan:plan:KEY        the outline, sealed (`sealed_outlines`), with a time to live
groundplan:plan:KEY:lock   the token of the process that makes it; short, renewed while it does
"""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Any, NamedTuple

import structlog
from pydantic import ValidationError

from groundplan.domain.outline import Outline
from groundplan.domain.signing import Keyring
from groundplan.stores.cache.guarded_redis import GuardedRedis
from groundplan.stores.cache.sealed_outlines import NotSealedError, sealed, unsealed

PREFIX = "groundplan:plan:"

_log = structlog.get_logger("groundplan.cache")

_CLAIM = """
local found = redis.pcall('GET', KEYS[1])
if type(found) == 'table' then redis.call('DEL', KEYS[1]) found = false end
if found then return {'found', found, redis.call('PTTL', KEYS[1])} end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {'yours'} end
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('PEXPIRE', KEYS[2], ARGV[2]) return {'yours'} end
return {'taken'}
"""
"""The outline, or the lock on making it, in one round trip. A value that is no string is not ours: deleted."""

_KEEP = """
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
"""

_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"

_RENEW = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end"


class Claim(NamedTuple):
    """What a process learns about a key: the outline and how long it lives on, or who is to make it."""

    outline: Outline | None = None
    ttl_seconds: float = 0.0
    is_taken: bool = False
    """Another process makes it at this moment."""


class RedisOutlines:
    """The second level of the cache. Whatever happens to Redis, an answer comes soon, and never an error.

    Only what was sealed with a key of the ring is believed: anything else is a miss, counted as an error and logged.

    A process that is killed loses its locks after `lock_seconds`; one that forgets a key keeps its lock for
    `hold_seconds` at most.
    """

    def __init__(
        self,
        redis: GuardedRedis,
        keyring: Keyring,
        *,
        ttl_seconds: float,
        hold_seconds: float,
        lock_seconds: float = 5.0,
    ) -> None:
        self.redis = redis
        self._keyring = keyring
        self._ttl_ms = max(1, round(ttl_seconds * 1000))
        self._hold = hold_seconds
        self._lock_seconds = lock_seconds
        self._lock_ms = round(lock_seconds * 1000)
        self._token = secrets.token_hex(16)
        self._held: dict[str, float] = {}
        self._renewal: asyncio.Task[None] | None = None
        register = redis.client.register_script
        self._claim, self._keep = register(_CLAIM), register(_KEEP)
        self._release, self._renew = register(_RELEASE), register(_RENEW)

    async def claim(self, key: str) -> Claim:
        """The outline; or, if there is none, the lock on making it. Neither if Redis does not answer."""
        answer = await self._claim_once(key)
        if answer[0] == b"found":
            claim = self._read(key, answer)
            if claim is not None:
                return claim
            await self.redis.call(lambda: self.redis.client.delete(PREFIX + key), 0)
            answer = await self._claim_once(key)
        if answer[0] == b"yours":
            self._hold_lock(key)
        return Claim(is_taken=answer[0] == b"taken")

    async def keep(self, key: str, outline: Outline) -> None:
        """Store the outline for the time to live and give the lock back."""
        self._held.pop(key, None)
        args: list[str | bytes | int] = [self._token, sealed(key, outline, self._keyring), self._ttl_ms]
        await self.redis.call(lambda: self._keep(keys=_keys(key), args=args), None)

    async def release(self, key: str) -> None:
        """Give the lock back, if this process has it."""
        if self._held.pop(key, None) is not None:
            lock = _keys(key)[1]
            await self.redis.call(lambda: self._release(keys=[lock], args=[self._token]), None)

    async def aclose(self) -> None:
        """Give all locks back and close the connections."""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.wait({self._renewal})
        for key in list(self._held):
            await self.release(key)
        await self.redis.aclose()

    async def _claim_once(self, key: str) -> list[Any]:
        args: list[str | int] = [self._token, self._lock_ms]
        return await self.redis.call(lambda: self._claim(keys=_keys(key), args=args), [b"unknown"])

    def _read(self, key: str, answer: list[Any]) -> Claim | None:
        """The stored outline, or None for what is no outline any more, or none that we sealed."""
        ttl_ms = answer[2] if answer[2] > 0 else self._ttl_ms
        try:
            return Claim(unsealed(key, answer[1], self._keyring), ttl_seconds=ttl_ms / 1000)
        except NotSealedError as error:
            _log.warning("cached_outline_not_ours", key=key, why=str(error))
        except ValidationError as error:
            _log.warning("cached_outline_corrupt", key=key, errors=error.error_count())
        self.redis.errors += 1
        return None

    def _hold_lock(self, key: str) -> None:
        self._held[key] = time.monotonic() + self._hold
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew_locks(), name="groundplan-cache-locks")

    async def _renew_locks(self) -> None:
        """Renew what is held until nothing is. Ends by itself, so that an idle cache has no task."""
        while self._held:
            await asyncio.sleep(self._lock_seconds / 3)
            for key, until in list(self._held.items()):
                if time.monotonic() < until:
                    await self._renew_lock(key)
                else:
                    self._held.pop(key, None)

    async def _renew_lock(self, key: str) -> None:
        keys: list[str] = [_keys(key)[1]]
        args: list[str | int] = [self._token, self._lock_ms]
        await self.redis.call(lambda: self._renew(keys=keys, args=args), None)


def _keys(key: str) -> list[str]:
    return [PREFIX + key, f"{PREFIX}{key}:lock"]
