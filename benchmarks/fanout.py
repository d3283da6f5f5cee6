"""Many plans at once in one process: how much slower than one alone, and whether all get their share.

    python benchmarks/fanout.py [--json] [--plans N] [--tasks N] [--width N] [--rounds N]

Each plan is the same random DAG of 20 tasks of 50 ms, never more than `--width` ready; they are stored before and begin
together, on one embedded Postgres. Medians over the rounds:

over_ideal  wall time until the last plan has ended, over the critical path
fairness    the slowest plan's wall time over the fastest one's
tasks_per_s tasks of all plans over wall time
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path

from dag_plans import plan_of, sleeping
from execution_dags import Dag, laned

from groundplan.service import PlanningService, Settings

SECONDS = 0.05


async def run_once(service: PlanningService, dag: Dag, plans: int) -> dict[str, float]:
    """The figures of one round."""
    stored = [await service.store_plan(plan_of(dag)) for _ in range(plans)]
    begin = asyncio.Event()

    async def run(plan_id: str) -> float:
        await begin.wait()
        start = time.perf_counter()
        result = await service.execute_plan(plan_id, max_concurrent_tasks=len(dag.seconds))
        if result.status != "completed":
            raise RuntimeError(f"plan {plan_id} is {result.status}")
        return time.perf_counter() - start

    runs = [asyncio.create_task(run(plan.plan_id)) for plan in stored]
    start = time.perf_counter()
    begin.set()
    taken = await asyncio.gather(*runs)
    wall = time.perf_counter() - start
    return {
        "over_ideal": wall / dag.critical_path,
        "fairness": max(taken) / min(taken),
        "tasks_per_s": plans * len(dag.seconds) / wall,
        "wall_s": wall,
        "ideal_s": dag.critical_path,
    }


async def measure(plans: int, tasks: int, width: int, rounds: int) -> dict[str, float]:
    """The medians over all rounds."""
    dag = laned(tasks, width, SECONDS, 1, spread=1.0)
    with tempfile.TemporaryDirectory(prefix="groundplan-bench-") as folder:
        settings = Settings.load(home=Path(folder))
        async with PlanningService(settings=settings, executors=sleeping()) as service:
            await run_once(service, dag, 2)  # what is compiled and cached once
            several = [await run_once(service, dag, plans) for _ in range(rounds)]
    return {name: round(statistics.median(run[name] for run in several), 3) for name in several[0]}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--plans", type=int, default=50, help="plans at once")
    parser.add_argument("--tasks", type=int, default=20, help="tasks in each plan")
    parser.add_argument("--width", type=int, default=4, help="tasks of one plan that may run at once")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    figures = asyncio.run(measure(given.plans, given.tasks, given.width, given.rounds))
    if given.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:14} {value:10.3f}")


if __name__ == "__main__":
    main()
