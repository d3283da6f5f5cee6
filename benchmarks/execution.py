"""How long plans take over the shortest time that is possible, beside asyncio and LangGraph.

    python benchmarks/execution.py [--json] [--data DIR] [--dags N] [--rounds N] [--seconds S] [--only SET …]

tasks_20ms, tasks_200ms  random DAGs of 200 tasks of so long on average, mixed, never more than 16 ready; the ideal is
                         the critical path
wfcommons                with `--data DIR`: the workflows of DIR/wfcommons, each scaled to a makespan of `--seconds` on
                         16 workers (0: they share 20 s) and run once by each; the ideal is that makespan: what list
                         scheduling by the longest remaining path reaches with no overhead. `over_bound` is over
                         max(critical path, work / 16) instead

Each figure is wall time over the ideal, the median over all DAGs and rounds; the contestants take turns on each DAG:

ours        `execute_plan` of a stored plan, from call to result: run opened, ledger, run closed (embedded Postgres)
ours_pure   the same with tools that are declared `pure`: they do not wait for their claims to be committed
asyncio     the same rule with nothing kept
send_waves  plain LangGraph: a `Send` for each ready task, AsyncPostgresSaver, durability `async`, same Postgres
ours_tasks  of `ours`, the time that the service itself says: without looking up the plan and reading the result

The modules are frozen (`gc.freeze`) before anything is measured, as the command line does it.

`ours_extra_ms` is what `ours` takes over the ideal in milliseconds. At 20 s each the workflows take some 20 minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asyncio_run import run_by_asyncio
from dag_plans import LOOK, SLEEP, plan_of, sleep, sleeping
from execution_dags import Dag, laned, recorded
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph_waves import open_saver, run_by_waves, waves
from list_schedule import makespan, scaled_to

from groundplan.service import PlanningService, Settings
from groundplan.stores.embedded import EmbeddedServers

WORKERS = 16
TASKS = 200
SHARED_SECONDS = 20.0
SETS = ("tasks_20ms", "tasks_200ms", "wfcommons")


@dataclass(frozen=True)
class Case:
    """A DAG to be run, and the seconds that it takes at best."""

    dag: Dag
    ideal: float


def random_cases(seconds: float, count: int) -> list[Case]:
    """Random DAGs that 16 workers can run in their critical path."""
    dags = [laned(TASKS, WORKERS, seconds, seed) for seed in range(count)]
    return [Case(dag, dag.critical_path) for dag in dags]


def recorded_cases(folder: Path, seconds: float) -> list[Case]:
    """The recorded workflows, each scaled to `seconds`, or to its share of 20 s."""
    dags = list(recorded(folder))
    each = seconds or SHARED_SECONDS / len(dags)
    scaled = [scaled_to(dag, each, WORKERS) for dag in dags]
    return [Case(dag, makespan(dag, WORKERS)) for dag in scaled]


class Contestants:
    """Everybody who runs DAGs, on one database."""

    def __init__(self, service: PlanningService, saver: AsyncPostgresSaver) -> None:
        self._service = service
        self._saver = saver
        self.run: dict[str, Callable[[Dag], Awaitable[float]]] = {
            "ours": self.ours,
            "ours_pure": self.ours_pure,
            "asyncio": self.asyncio,
            "send_waves": self.send_waves,
        }
        self.said_seconds = 0.0
        """What the service said that its last run took."""

    async def ours(self, dag: Dag) -> float:
        """Seconds of `execute_plan`."""
        seconds, self.said_seconds = await self._executed(dag, SLEEP)
        return seconds

    async def ours_pure(self, dag: Dag) -> float:
        """The same with tools without an effect."""
        return (await self._executed(dag, LOOK))[0]

    async def _executed(self, dag: Dag, tool: str) -> tuple[float, float]:
        """The seconds of `execute_plan`, and those that the service says."""
        plan = await self._service.store_plan(plan_of(dag, lambda task: tool))  # noqa: ARG005
        start = time.perf_counter()
        result = await self._service.execute_plan(plan.plan_id, max_concurrent_tasks=WORKERS)
        taken = time.perf_counter() - start
        if result.status != "completed":
            raise RuntimeError(f"the plan of {dag.name} is {result.status}")
        return taken, result.execution_time_ms / 1000

    async def asyncio(self, dag: Dag) -> float:
        """Seconds with nothing kept."""
        start = time.perf_counter()
        await run_by_asyncio(dag, WORKERS)
        return time.perf_counter() - start

    async def send_waves(self, dag: Dag) -> float:
        """Seconds of LangGraph's waves."""

        async def effect(task: str) -> None:
            await sleep(dag.seconds[task])

        graph = waves(dag, effect, self._saver)
        start = time.perf_counter()
        await run_by_waves(graph, dag, uuid.uuid4().hex, workers=WORKERS, durability="async")
        return time.perf_counter() - start


async def over_ideal(cases: Iterable[Case], contestants: Contestants, rounds: int) -> dict[str, Any]:
    """The figures of one set."""
    taken: dict[str, list[tuple[Case, float]]] = {name: [] for name in (*contestants.run, "ours_tasks")}
    for case in cases:
        for _ in range(rounds):  # side by side: the machine's noise falls on all alike
            for name, run in contestants.run.items():
                taken[name].append((case, await run(case.dag)))
            taken["ours_tasks"].append((case, contestants.said_seconds))
    figures: dict[str, Any] = {name: _median(s / case.ideal for case, s in runs) for name, runs in taken.items()}
    figures["ours_extra_ms"] = _median(1000 * (s - case.ideal) for case, s in taken["ours"])
    if any(case.ideal != case.dag.critical_path for case, _ in taken["ours"]):
        figures["over_bound"] = {
            name: _median(s / case.dag.bound(WORKERS) for case, s in taken[name]) for name in contestants.run
        }
    return figures


def _median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 4)


async def measure(sets: dict[str, list[Case]], rounds: int) -> dict[str, Any]:
    """The figures of every set, on an embedded Postgres of its own."""
    with tempfile.TemporaryDirectory(prefix="groundplan-bench-") as folder:
        async with EmbeddedServers(Path(folder)) as servers:
            urls = await servers.start()
            settings = Settings.load(home=Path(folder))
            async with (
                PlanningService(settings=settings, executors=sleeping()) as service,
                open_saver(urls.database_url) as saver,
            ):
                contestants = Contestants(service, saver)
                await over_ideal(random_cases(0.001, 1), contestants, 1)  # what is compiled and cached once
                gc.freeze()
                return {
                    name: await over_ideal(cases, contestants, 1 if name == "wfcommons" else rounds)
                    for name, cases in sets.items()
                }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--data", type=Path, help="a folder with `wfcommons` in it")
    parser.add_argument("--rounds", type=int, default=2, help="runs of each random DAG by each contestant")
    parser.add_argument("--dags", type=int, default=3, help="random DAGs in each set")
    parser.add_argument("--seconds", type=float, default=SHARED_SECONDS, help="ideal of each recorded workflow")
    parser.add_argument("--only", nargs="+", choices=SETS, default=SETS, help="sets to measure")
    given = parser.parse_args()
    sets = {"tasks_20ms": random_cases(0.02, given.dags), "tasks_200ms": random_cases(0.2, given.dags)}
    if given.data is not None:
        sets["wfcommons"] = recorded_cases(given.data / "wfcommons", given.seconds)
    figures = asyncio.run(measure({name: sets[name] for name in given.only if name in sets}, given.rounds))
    if given.json:
        print(json.dumps(figures))
        return
    for name, values in figures.items():
        print(name, *(f"{key} {value}" for key, value in values.items()), sep="\n    ")


if __name__ == "__main__":
    main()
