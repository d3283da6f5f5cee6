"""How fast goals become stored plans, beside LangGraph doing nothing at all.

    python benchmarks/planning.py [--json] [--plans N] [--runs N]

Everything in one run on one embedded Postgres, medians over alternating rounds, each in three short turns, because the
machine's other load changes from minute to minute: the planner in both checkpoint
modes (distinct numbered goals of 8 steps, 16 concurrent, the cache on), the floor (8 no-op nodes carrying 15 KB, our
saver, `exit`), and stock LangGraph (the same no-op nodes, stock AsyncPostgresSaver with a pool, durability `async`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import psycopg
from floors import floor_per_s, stock_per_s

from groundplan.domain.goal import DecompositionStrategy, Goal
from groundplan.service import PlanningService, Settings
from groundplan.stores.embedded import EmbeddedServers
from groundplan.stores.postgres.database import Database
from groundplan.testing import ScriptedChatModel

CONCURRENT = 16
TURNS = 3
VERBS = ("Collect", "Check", "Clean", "Merge", "Compute", "Draw", "Write", "Archive")
MODEL_DELAY_S = 0.2


def numbered_goal(number: int) -> str:
    """A goal of 8 listed steps like no other."""
    steps = [f"{i}. {verb} the figures of branch {number} in week {i}" for i, verb in enumerate(VERBS, start=1)]
    return f"Prepare the weekly figures of branch {number}:\n" + "\n".join(steps)


async def concurrently(work: Callable[[int], Awaitable[object]], count: int, first: int) -> tuple[float, list[float]]:
    """Do `work(first) … work(first + count - 1)`, 16 at a time: items per second, and each one's milliseconds."""
    numbers = iter(range(first, first + count))
    times: list[float] = []

    async def worker() -> None:
        for number in numbers:
            start = time.perf_counter()
            await work(number)
            times.append(1000 * (time.perf_counter() - start))

    start = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(CONCURRENT)))
    return count / (time.perf_counter() - start), times


class PlanningBenchmark:
    """One service on one database; each measurement takes goals that nobody planned before."""

    def __init__(self, service: PlanningService, plans: int) -> None:
        self._service = service
        self._plans = plans
        self._next = 0

    def _fresh(self, count: int) -> int:
        first, self._next = self._next, self._next + count
        return first

    async def per_second(self, mode: str) -> float:
        """Plans per second, 16 at a time."""

        async def plan(number: int) -> None:
            await self._service.create_plan(numbered_goal(number), mode=mode)

        rate, _ = await concurrently(plan, self._plans, self._fresh(self._plans))
        return rate

    async def cached_per_second(self) -> float:
        """Plans per second of one goal that was planned before."""
        await self._service.create_plan(numbered_goal(-1), mode="ends")

        async def plan(_: int) -> None:
            await self._service.create_plan(numbered_goal(-1), mode="ends")

        rate, _ = await concurrently(plan, self._plans, 0)
        return rate

    async def one_at_a_time(self, count: int) -> list[float]:
        """Milliseconds from goal to plan, one after the other, every step checkpointed."""
        times = []
        for number in range(self._fresh(count), self._next):
            start = time.perf_counter()
            await self._service.create_plan(numbered_goal(number), mode="steps")
            times.append(1000 * (time.perf_counter() - start))
        return times


ANSWER = {
    "steps": [
        {
            "number": number,
            "name": f"{verb} the material of the exhibition",
            "description": f"{verb} it with the two volunteers.",
            "depends_on": [number - 1] if number > 1 else [],
        }
        for number, verb in enumerate(VERBS, start=1)
    ]
}


async def scripted_overhead_ms(settings: Settings, count: int) -> float:
    """Median milliseconds of planning with a model, beyond the time the model itself takes."""
    model = ScriptedChatModel(turns=[{"answer": ANSWER, "delay_s": MODEL_DELAY_S}] * (count + 1))
    async with PlanningService(settings=settings, model=model) as service:
        times = []
        for number in range(count + 1):
            goal = Goal(
                goal_text=f"Organize photo exhibition number {number}",
                decomposition_strategy=DecompositionStrategy.LLM,
            )
            start = time.perf_counter()
            await service.create_plan(goal)
            times.append(time.perf_counter() - start)
    return statistics.median(1000 * (taken - MODEL_DELAY_S) for taken in times[1:])


def database_bytes(url: str) -> int:
    """The size of the database on disk."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum")
        row = connection.execute("select pg_database_size(current_database())").fetchone()
    assert row is not None
    return int(row[0])


def rss_mb() -> float:
    """The most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def measure(plans: int, runs: int) -> dict[str, float]:
    """All figures, each the median of `runs` rounds that alternate between the contestants."""
    with tempfile.TemporaryDirectory(prefix="groundplan-bench-") as folder:
        home = Path(folder)
        async with EmbeddedServers(home, redis=True) as servers:
            urls = await servers.start()
            settings = Settings.load(home=home)
            return await _rounds(settings, urls.database_url, plans, runs)


async def _rounds(settings: Settings, url: str, plans: int, runs: int) -> dict[str, float]:
    rates: dict[str, list[float]] = {name: [] for name in ("steps", "plans", "cached", "floor", "stock")}
    async with PlanningService(settings=settings) as service, Database(url) as database:
        turn = max(2 * CONCURRENT, plans // TURNS)
        bench = PlanningBenchmark(service, turn)
        await bench.per_second("ends")
        singles = await bench.one_at_a_time(100)
        for _ in range(runs * TURNS):
            rates["steps"].append(await bench.per_second("steps"))
            rates["stock"].append((await stock_per_s(url, runs=turn)).per_s)
            rates["plans"].append(await bench.per_second("ends"))
            rates["floor"].append((await floor_per_s(database, runs=turn)).per_s)
            rates["cached"].append(await bench.cached_per_second())
        memory = rss_mb()
        size_before = database_bytes(url)
        await bench.per_second("steps")
        per_plan = (database_bytes(url) - size_before) / turn
    overhead = await scripted_overhead_ms(settings, 20)
    middle = {name: statistics.median(values) for name, values in rates.items()}
    return {
        "steps_per_s": middle["steps"],
        "plans_per_s": middle["plans"],
        "p50_ms": statistics.median(singles),
        "p95_ms": statistics.quantiles(singles, n=20)[-1],
        "floor_per_s": middle["floor"],
        "stock_per_s": middle["stock"],
        "cached_per_s": middle["cached"],
        "rss_mb": memory,
        "db_bytes_per_plan": per_plan,
        "scripted_model_overhead_ms": overhead,
        "steps_over_stock": statistics.median(a / b for a, b in zip(rates["steps"], rates["stock"], strict=True)),
        "plans_over_stock": statistics.median(a / b for a, b in zip(rates["plans"], rates["stock"], strict=True)),
        "plans_over_floor": statistics.median(a / b for a, b in zip(rates["plans"], rates["floor"], strict=True)),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--plans", type=int, default=300, help="plans in each round")
    parser.add_argument("--runs", type=int, default=3, help="rounds over all contestants")
    arguments = parser.parse_args()
    figures = {name: round(value, 3) for name, value in asyncio.run(measure(arguments.plans, arguments.runs)).items()}
    if arguments.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:28} {value:12.2f}")


if __name__ == "__main__":
    main()
