"""What checkpointing alone costs: eight nodes that do nothing, under our checkpointer and under LangGraph's own.

    python -m benchmarks.floors postgresql://…

`floor_per_s` and `stock_per_s` are what `planning.py` compares the planner with.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import START, StateGraph
from langgraph.types import Durability
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from typing_extensions import TypedDict

from groundplan.stores.postgres.database import Database
from groundplan.stores.postgres.serializer import ModelSerializer

NODES = 8
CONCURRENT = 16
STATE_BYTES = 15_000


class Carried(TypedDict):
    """The state: one channel of about 15 KB."""

    carried: dict[str, Any]


@dataclass(frozen=True)
class Rate:
    """Runs per second, and the processor time of this process for one run in milliseconds."""

    per_s: float
    cpu_ms: float


async def floor_per_s(database: Database, *, runs: int = 320, durability: Durability = "exit") -> Rate:
    """Our checkpointer, by default with one checkpoint a run."""
    return await _rate(database.saver(ModelSerializer([])), runs, durability)


async def stock_per_s(url: str, *, runs: int = 320, durability: Durability = "async") -> Rate:
    """LangGraph's own checkpointer over a pool of 16 connections, with its lock and default durability."""
    pool = AsyncConnectionPool[AsyncConnection[dict[str, Any]]](
        url,
        min_size=CONCURRENT,
        max_size=CONCURRENT,
        open=False,
        kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
    )
    async with pool:
        saver = AsyncPostgresSaver(pool)
        await saver.setup()
        return await _rate(saver, runs, durability)


async def _rate(saver: BaseCheckpointSaver[str], runs: int, durability: Durability) -> Rate:
    graph = _graph().compile(checkpointer=saver)
    numbers = iter(range(runs))

    async def worker() -> None:
        for number in numbers:
            config: RunnableConfig = {"configurable": {"thread_id": str(uuid.uuid4())}}
            await graph.ainvoke(_state(number), config, durability=durability)

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(worker() for _ in range(CONCURRENT)))
    return Rate(runs / (time.perf_counter() - began), (time.process_time() - cpu) / runs * 1000)


def _graph() -> StateGraph[Carried]:
    async def nothing(state: Carried) -> dict[str, Any]:  # noqa: ARG001  # LangGraph calls it by this name
        return {}

    graph = StateGraph(Carried)
    before = START
    for number in range(NODES):
        graph.add_node(f"node_{number}", nothing)
        graph.add_edge(before, f"node_{number}")
        before = f"node_{number}"
    return graph


def _state(number: int) -> Carried:
    text = f"step of run {number}, " * (STATE_BYTES // 8 // len(f"step of run {number}, "))
    return {"carried": {"number": number, "steps": [{"name": f"step {i}", "text": text} for i in range(8)]}}


async def _measure(url: str, rounds: int, runs: int) -> dict[str, dict[str, float]]:
    async with Database(url) as database:
        measured: dict[str, Callable[[], Awaitable[Rate]]] = {
            "stock_async": lambda: stock_per_s(url, runs=runs),
            "ours_async": lambda: floor_per_s(database, runs=runs, durability="async"),
            "stock_exit": lambda: stock_per_s(url, runs=runs, durability="exit"),
            "ours_exit": lambda: floor_per_s(database, runs=runs),
        }
        rates: dict[str, list[Rate]] = {name: [] for name in measured}
        for _ in range(rounds):  # side by side: the machine's noise falls on all alike
            for name, measure in measured.items():
                rates[name].append(await measure())
    return {
        name: {
            "per_s": round(statistics.median(rate.per_s for rate in several), 1),
            "cpu_ms": round(statistics.median(rate.cpu_ms for rate in several), 2),
        }
        for name, several in rates.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="of a Postgres database that may be written to")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=320, help="runs of each kind in each round")
    given = parser.parse_args()
    print(json.dumps(asyncio.run(_measure(given.url, given.rounds, given.runs)), indent=2))


if __name__ == "__main__":
    main()
