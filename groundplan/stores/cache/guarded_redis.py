"""Redis, as something that may be slow, gone or talking nonsense without anybody noticing but the log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.cache.circuit_breaker import CircuitBreaker

Answer = TypeVar("Answer")

_log = structlog.get_logger("groundplan.cache")
_FAILURES = (RedisError, OSError, TimeoutError)
_CONNECTIONS = 16


class GuardedRedis:
    """A Redis client whose calls end within `timeout_seconds` and never raise an error of Redis.

    A failed call opens the circuit: until it closes again, calls cost nothing and do nothing. It is logged once
    when the circuit opens, and once when it closes. An idle connection that died is replaced without that.

    Raises:
        PlanningError: E5806 for a URL that is none.
    """

    def __init__(self, url: str, *, timeout_seconds: float = 0.5, breaker: CircuitBreaker | None = None) -> None:
        self.errors = 0
        self._timeout = timeout_seconds
        self._breaker = breaker or CircuitBreaker()
        try:
            pool = BlockingConnectionPool.from_url(
                url,
                max_connections=_CONNECTIONS,
                timeout=None,
                socket_timeout=timeout_seconds,
                socket_connect_timeout=timeout_seconds,
                retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
            )
        except ValueError as error:
            raise _bad_url(str(error)) from error
        self.address = _address(pool.connection_kwargs)
        self.client: Redis = Redis.from_pool(pool)
        self._ping = self.client.register_script("return 1")

    @property
    def is_up(self) -> bool:
        """False from the first failed call to the next that goes well."""
        return self._breaker.is_closed

    async def call(self, operation: Callable[[], Awaitable[Answer]], otherwise: Answer) -> Answer:
        """What the operation returns, or `otherwise` if Redis does not answer or is left alone."""
        if not self._breaker.allows():
            return otherwise
        start = time.monotonic()
        try:
            async with asyncio.timeout(self._timeout):
                answer = await operation()
        except _FAILURES as error:
            self.errors += 1
            if not self._was_stalled(error, start):
                self._failed(error)
            return otherwise
        if self._breaker.succeeded():
            _log.info("redis_back", redis=self.address)
        return answer

    async def ping(self) -> None:
        """Ask Redis for a sign of life, whatever the circuit says; the answer opens or closes it.

        Raises:
            PlanningError: E5000 with the address and the reason, if none comes in time.
        """
        try:
            async with asyncio.timeout(self._timeout):
                await self._ping(keys=[], args=[])
        except _FAILURES as error:
            self._breaker.failed()
            raise PlanningError(
                ErrorCode.CACHE_FAILED,
                f"Redis at {self.address} does not answer: {_reason(error)}",
                details={"redis": self.address, "reason": _reason(error)},
                recovery_suggestion="Start it, correct GROUNDPLAN_REDIS_URL, or unset it: planning works without.",
            ) from error
        self._breaker.succeeded()

    async def aclose(self) -> None:
        """Close the connections. A Redis that is gone is no obstacle."""
        try:
            async with asyncio.timeout(self._timeout):
                await self.client.aclose()
        except _FAILURES as error:
            _log.debug("redis_close_failed", redis=self.address, error=_reason(error))

    def _was_stalled(self, error: Exception, start: float) -> bool:
        """Whether it was this event loop that was late, not Redis: then nothing is known about Redis."""
        return isinstance(error, TimeoutError) and time.monotonic() - start > 2 * self._timeout

    def _failed(self, error: Exception) -> None:
        if self._breaker.failed():
            _log.warning(
                "redis_unavailable",
                redis=self.address,
                error=_reason(error),
                retry_in_seconds=self._breaker.wait_seconds,
                consequence="plans are cached in this process only",
            )


def _address(options: dict[str, Any]) -> str:
    """Where Redis is, without user and password."""
    if "path" in options:
        return f"unix:{options['path']}"
    return f"{options.get('host', 'localhost')}:{options.get('port', 6379)}"


def _reason(error: Exception) -> str:
    return str(error) or ("no answer in time" if isinstance(error, TimeoutError) else type(error).__name__)


def _bad_url(why: str) -> PlanningError:
    return PlanningError(
        ErrorCode.SETTINGS_INVALID,
        f"The Redis URL cannot be used: {why}",
        recovery_suggestion="Give GROUNDPLAN_REDIS_URL as redis://HOST:PORT/DB, rediss://… or unix:///PATH.",
    )
