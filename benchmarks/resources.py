"""How long it takes to coordinate resources with a service outside, which is a process of its own on loopback.

    python benchmarks/resources.py [--seconds 5] [--clients 8] [--json]

One coordination is what a task costs: look what there is, allocate, release. `p50_ms`, `p95_ms`: of one client, nothing
cached; `availability_p95_ms`, `allocate_p95_ms`, `release_p95_ms`: the single calls; `cached_p50_ms`, `cached_p95_ms`:
with what there is cached for a second. `per_s`: coordinations in a second of `clients` at once, `busy_p95_ms` how long
each takes then. `pool_p95_ms`: the same with a pool in this process. `left`: allocations that are held at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from groundplan.execution.resources.allocation import AllocationRequest
from groundplan.execution.resources.http_client import HttpLimits, HttpResources
from groundplan.execution.resources.pool import LocalPool
from groundplan.execution.resources.provider import ResourceProvider

CAPACITY = 1000.0
UNCACHED = HttpLimits(cache_seconds=0.0)


@contextmanager
def service() -> Iterator[str]:
    """The address of a resource service."""
    command = [
        sys.executable,
        "-m",
        "groundplan.resource_service",
        "--port",
        "0",
        "--resource",
        f"cpu_cores={CAPACITY}",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


class Client:
    """Coordinates again and again, and notes how long each call took, in milliseconds."""

    def __init__(self, provider: ResourceProvider, name: str) -> None:
        self._provider = provider
        self._name = name
        self._number = 0
        self.times: dict[str, list[float]] = {"all": [], "availability": [], "allocate": [], "release": []}

    async def once(self) -> None:
        """One coordination."""
        self._number += 1
        wanted = AllocationRequest(
            allocation_id=f"{self._name}-{self._number}", owner=self._name, amounts={"cpu_cores": 1.0}
        )
        start = time.perf_counter()
        await self._timed("availability", self._provider.availability)
        assert await self._timed("allocate", lambda: self._provider.allocate(wanted, wait=1.0))
        await self._timed("release", lambda: self._provider.release(wanted.allocation_id))
        self.times["all"].append((time.perf_counter() - start) * 1000)

    async def until(self, moment: float) -> Client:
        """Coordinations until this moment of the performance counter."""
        while time.perf_counter() < moment:
            await self.once()
        return self

    async def _timed(self, name: str, call: Callable[[], Awaitable[Any]]) -> Any:
        start = time.perf_counter()
        answer = await call()
        self.times[name].append((time.perf_counter() - start) * 1000)
        return answer


def percentile(times: list[float], share: float) -> float:
    """The nearest-rank percentile, rounded to microseconds."""
    return round(sorted(times)[min(len(times) - 1, int(share * len(times)))], 3)


async def measured(url: str, seconds: float, clients: int) -> dict[str, Any]:
    """The figures against the service at this address."""
    alone, cached = HttpResources(url, limits=UNCACHED), HttpResources(url)
    one, with_cache, pooled = (
        Client(alone, "one"),
        Client(cached, "cached"),
        Client(LocalPool({"cpu_cores": 1}), "pool"),
    )
    for client in (one, with_cache, pooled):
        await client.once()
        client.times = {name: [] for name in client.times}
        await client.until(time.perf_counter() + seconds / 4)
    many = [HttpResources(url, limits=UNCACHED) for _ in range(clients)]
    start = time.perf_counter()
    busy = await asyncio.gather(*(Client(each, f"many-{n}").until(start + seconds / 4) for n, each in enumerate(many)))
    took = time.perf_counter() - start
    times = [each for client in busy for each in client.times["all"]]
    there = (await alone.availability(fresh=True)).free("cpu_cores")
    for provider in (alone, cached, *many):
        await provider.aclose()
    return {
        "n": len(one.times["all"]),
        "p50_ms": percentile(one.times["all"], 0.5),
        "p95_ms": percentile(one.times["all"], 0.95),
        **{f"{name}_p95_ms": percentile(one.times[name], 0.95) for name in ("availability", "allocate", "release")},
        "cached_p50_ms": percentile(with_cache.times["all"], 0.5),
        "cached_p95_ms": percentile(with_cache.times["all"], 0.95),
        "clients": clients,
        "per_s": round(len(times) / took, 1),
        "busy_p95_ms": percentile(times, 0.95),
        "pool_p95_ms": percentile(pooled.times["all"], 0.95),
        "left": CAPACITY - there,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8.0, help="in all, in four equal parts")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with service() as url:
        figures = asyncio.run(measured(url, options.seconds, options.clients))
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<22}{value:>12}")


if __name__ == "__main__":
    main()
