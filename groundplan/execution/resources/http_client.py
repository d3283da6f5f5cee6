"""Resources that a service outside grants, over HTTP (docs/openapi/resources.json). Needs the extra `resources`.

Every call is idempotent, so each is tried again after a failure of the transport, within a bound. A service that stays
away opens a circuit: calls fail at once until it is tried again. No error of httpx comes through.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import SecretStr

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.execution.resources import failures
from groundplan.execution.resources.allocation import Allocation, AllocationRequest, Availability, Cost
from groundplan.execution.resources.http_answers import (
    Allocations,
    Granted,
    Model,
    Released,
    Renewed,
    check_granted,
    read,
    refusal,
)
from groundplan.execution.resources.known_availability import KnownAvailability
from groundplan.stores.cache.circuit_breaker import CircuitBreaker

if TYPE_CHECKING:
    import httpx

_LONGEST_WAIT = 20.0
"""Seconds that one request may wait for resources; whoever waits longer asks again."""
_MAY_PASS = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """Bounds on asking a service.

    `timeout` seconds for one request (beside what it may wait for resources), `attempts` at each, the first wait
    between two is `backoff` seconds and doubles; what there is counts as known for `cache_seconds`; after a failure the
    service is left alone for `circuit_seconds`, and longer from time to time.
    """

    timeout: float = 2.0
    attempts: int = 3
    backoff: float = 0.05
    cache_seconds: float = 1.0
    circuit_seconds: float = 1.0
    most_circuit_seconds: float = 15.0


class HttpResources:
    """A `ResourceProvider` at an address. For one event loop; `aclose` ends its connections.

    Args:
        url: such as `http://127.0.0.1:8900`.
        token: shown as a bearer token.
    """

    def __init__(
        self,
        url: str,
        *,
        token: SecretStr | str | None = None,
        limits: HttpLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url.rstrip("/")
        self._token = SecretStr(token) if isinstance(token, str) else token
        self._limits = limits or HttpLimits()
        self._clock = clock
        self._circuit = CircuitBreaker(self._limits.circuit_seconds, self._limits.most_circuit_seconds, clock=clock)
        self._why_open = ""
        self._known = KnownAvailability(self._limits.cache_seconds, clock)
        self._asking: asyncio.Lock | None = None
        self._client: httpx.AsyncClient | None = None

    def __repr__(self) -> str:
        return f"HttpResources({self._url!r})"

    async def aclose(self) -> None:
        """Close the connections; the next call opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def availability(self, *, fresh: bool = False) -> Availability:
        """See `ResourceProvider.availability`. Many who ask at once are one request."""
        self._asking = self._asking or asyncio.Lock()
        async with self._asking:
            known = None if fresh else self._known.get()
            return known or self._known.put(await self._call("GET", "/v1/resources", Availability))

    async def allocate(self, request: AllocationRequest, *, wait: float = 0.0) -> Allocation | None:
        """See `ResourceProvider.allocate`."""
        until = self._clock() + wait
        while True:
            left = min(max(0.0, until - self._clock()), _LONGEST_WAIT)
            body = request.model_dump(exclude={"allocation_id"}) | {"wait_seconds": left}
            answer = await self._call("PUT", _path(request.allocation_id), Granted, body, wait=left)
            granted = check_granted(answer.allocation, request)
            if granted is not None:
                self._known.took(granted.allocation_id, granted.amounts)
            if granted is not None or self._clock() >= until:
                return granted
            await asyncio.sleep(self._limits.backoff)  # a service that does not wait is not to be flooded

    async def reallocate(self, allocation_id: str, amounts: Mapping[str, float]) -> Allocation | None:
        """See `ResourceProvider.reallocate`."""
        answer = await self._call("PATCH", _path(allocation_id), Granted, {"amounts": dict(amounts)})
        if answer.allocation is not None:
            self._known.took(allocation_id, amounts)
        return answer.allocation

    async def renew(self, allocation_ids: Collection[str], lease_seconds: float) -> set[str]:
        """See `ResourceProvider.renew`."""
        body = {"allocation_ids": sorted(allocation_ids), "lease_seconds": lease_seconds}
        return (await self._call("POST", "/v1/renewals", Renewed, body)).allocation_ids & set(allocation_ids)

    async def release(self, allocation_id: str) -> bool:
        """See `ResourceProvider.release`. Whether it was held may be wrong if the first answer was lost."""
        answer = await self._call("DELETE", _path(allocation_id), Released)
        self._known.gave_back(allocation_id)
        return answer.released > 0

    async def release_all(self, owner: str) -> int:
        """See `ResourceProvider.release_all`."""
        answer = await self._call("DELETE", f"/v1/allocations?owner={quote(owner, safe='')}", Released)
        self._known.forget()
        return answer.released

    async def held(self, owner: str) -> list[Allocation]:
        """See `ResourceProvider.held`."""
        return (await self._call("GET", f"/v1/allocations?owner={quote(owner, safe='')}", Allocations)).allocations

    async def cost(self, amounts: Mapping[str, float], seconds: float) -> Cost:
        """See `ResourceProvider.cost`."""
        return await self._call("POST", "/v1/costs", Cost, {"amounts": dict(amounts), "seconds": seconds})

    async def _call(
        self, method: str, path: str, model: type[Model], body: Mapping[str, Any] | None = None, *, wait: float = 0.0
    ) -> Model:
        """The answer; tried again while the service fails, unless it is known to be away."""
        pause = self._limits.backoff
        for attempt in range(1, self._limits.attempts + 1):
            if not self._circuit.allows():
                raise failures.unavailable(self._why_open)
            try:
                content = await self._sent(method, path, body, wait)
            except PlanningError as error:
                if error.code is not ErrorCode.RESOURCES_UNAVAILABLE:
                    raise
                if attempt == self._limits.attempts:
                    self._why_open = str(error.details["why"])
                    self._circuit.failed()
                    raise
            else:
                self._circuit.succeeded()
                return read(content, model)
            await asyncio.sleep(pause)
            pause *= 2
        raise AssertionError("at least one attempt is made")

    async def _sent(self, method: str, path: str, body: Mapping[str, Any] | None, wait: float) -> bytes:
        """One request: the body of a good answer.

        Raises:
            PlanningError: E5501 for one that may be made again, else what the service refuses.
        """
        import httpx

        try:
            client = await self._opened()
            async with asyncio.timeout(self._limits.timeout + wait):
                answer = await client.request(method, path, json=body)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeError):
            raise failures.unusable("its address or token cannot be used") from None
        except TimeoutError:
            raise failures.unavailable(f"no answer within {self._limits.timeout + wait:g} s") from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise failures.unavailable(type(error).__name__) from None
        if answer.status_code in _MAY_PASS:
            raise failures.unavailable(f"status {answer.status_code}")
        if not answer.is_success:
            raise refusal(answer.status_code, _json(answer))
        return answer.content

    async def _opened(self) -> httpx.AsyncClient:
        import httpx

        # Certificates are read in a thread, and only where they are needed: that takes longer than a request.
        is_safe = self._url.startswith("https:")
        verify = await asyncio.to_thread(httpx.create_ssl_context) if is_safe and self._client is None else False
        if self._client is None:
            self._client = httpx.AsyncClient(
                base_url=self._url,
                headers={"Authorization": f"Bearer {self._token.get_secret_value()}"} if self._token else {},
                verify=verify,
                timeout=None,  # noqa: S113  # each request has a time of its own
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),  # who waits holds one
            )
        return self._client


def _path(allocation_id: str) -> str:
    return f"/v1/allocations/{quote(allocation_id, safe='')}"


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
