"""What a task costs as plans grow: tasks that take no time, on an embedded Postgres, every outcome durable.

    python benchmarks/execution_scale.py [--json] [--sizes N …] [--rounds N] [--width N]

Random DAGs that never have more than `--width` tasks ready, all of which may run at once. The plan is stored before;
measured is `execute_plan`, from call to result. Per size, medians over the rounds, which go through all sizes:

tasks_per_s         tasks over wall time
cpu_ms_per_task     processor time of this process and of Postgres together; `python_ms_per_task` is this one's share
db_bytes_per_task   growth of the database (ledger, events, checkpoints)
rss_mb              memory of this process after the run (it has made the plan, too), in the first round

The modules are frozen (`gc.freeze`) before anything is measured, as the command line does it.

`growth` is the cost of a task in the largest plan over that in the smallest: of wall time and of processor time.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dag_plans import plan_of, sleeping
from execution_dags import laned
from resource_use import Meter

from groundplan.service import PlanningService, Settings
from groundplan.stores.embedded import EmbeddedServers

SIZES = (100, 1_000, 10_000)


async def run_once(service: PlanningService, meter: Meter, tasks: int, width: int, seed: int) -> dict[str, float]:
    """The figures of one plan."""
    plan = await service.store_plan(plan_of(laned(tasks, width, 0.0, seed)))
    size, cpu, start = meter.database_bytes(), meter.cpu(), time.perf_counter()
    result = await service.execute_plan(plan.plan_id, max_concurrent_tasks=width)
    taken, used = time.perf_counter() - start, meter.cpu() - cpu
    if result.status != "completed":
        raise RuntimeError(f"the plan of {tasks} tasks is {result.status}")
    return {
        "tasks_per_s": tasks / taken,
        "cpu_ms_per_task": 1000 * (used.python + used.postgres) / tasks,
        "python_ms_per_task": 1000 * used.python / tasks,
        "db_bytes_per_task": (meter.database_bytes() - size) / tasks,
        "rss_mb": meter.rss_mb(),
    }


async def measure(sizes: Sequence[int], rounds: int, width: int) -> dict[str, Any]:
    """The figures of every size, and how they grow."""
    runs: dict[int, list[dict[str, float]]] = {size: [] for size in sizes}
    with tempfile.TemporaryDirectory(prefix="groundplan-bench-") as folder:
        async with EmbeddedServers(Path(folder)) as servers:
            url = (await servers.start()).database_url
            settings = Settings.load(home=Path(folder))
            meter = Meter(url)
            async with PlanningService(settings=settings, executors=sleeping()) as service:
                await run_once(service, meter, 50, width, -1)  # what is compiled and cached once
                gc.freeze()
                for seed in range(rounds):
                    for size in sizes:
                        runs[size].append(await run_once(service, meter, size, width, seed))
    figures: dict[str, Any] = {str(size): _medians(several) for size, several in runs.items()}
    small, large = figures[str(min(sizes))], figures[str(max(sizes))]
    figures["growth"] = {
        "wall": round(small["tasks_per_s"] / large["tasks_per_s"], 3),
        "cpu": round(large["cpu_ms_per_task"] / small["cpu_ms_per_task"], 3),
    }
    return figures


def _medians(runs: list[dict[str, float]]) -> dict[str, float]:
    # Memory of the first round: later it holds what the largest plan of the round before has left.
    middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]} | {"rss_mb": runs[0]["rss_mb"]}
    return {name: round(value, 3) for name, value in middle.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="tasks in a plan")
    parser.add_argument("--rounds", type=int, default=3, help="plans of each size")
    parser.add_argument("--width", type=int, default=64, help="tasks that may run at once")
    given = parser.parse_args()
    figures = asyncio.run(measure(sorted(given.sizes), given.rounds, given.width))
    if given.json:
        print(json.dumps(figures))
        return
    for name, values in figures.items():
        print(name, *(f"{key} {value}" for key, value in values.items()), sep="\n    ")


if __name__ == "__main__":
    main()
