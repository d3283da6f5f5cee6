"""How many reports of progress a service takes, from many reporters at once, and how long each waits for its answer.

    python benchmarks/progress.py [--json] [--updates N] [--reporters N] [--tasks N]

A plan of tasks that are done outside is being run; each reporter tells how far one of them is, waits for the answer and
tells it again. Every report goes through `PlanningService.update_plan`: checked against where plan and task stand, kept
in the embedded Postgres with its event, answered once that is committed.

updates_per_s   reports over the time from the first to the last answer
p50_ms, p95_ms  from call to answer
progress_ms     `get_progress` afterwards, the median of five
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from groundplan.domain.feedback import Feedback
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from groundplan.domain.task import Task
from groundplan.service import PlanningService, Settings

WARM_UP = 200
LOOKS = 5


def plan_of(tasks: int) -> ExecutionPlan:
    """A plan of so many tasks that nobody here does, none of which waits for another."""
    estimate = ResourceEstimate(duration=ThreePoint(3000, 3600, 7200))
    return ExecutionPlan(
        goal_text="Be told of",
        tasks=[
            Task(task_id=f"t{number}", name=f"Task {number}", category="external", resource_estimate=estimate)
            for number in range(tasks)
        ],
    )


@asynccontextmanager
async def running(service: PlanningService, tasks: int) -> AsyncIterator[str]:
    """The id of such a plan, all of whose tasks are under way."""
    plan = await service.store_plan(plan_of(tasks))
    run = asyncio.create_task(service.execute_plan(plan.plan_id, max_concurrent_tasks=tasks))
    while (await service.get_progress(plan.plan_id)).statuses.get("executing", 0) < tasks:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    try:
        yield plan.plan_id
    finally:
        await service.cancel_plan(plan.plan_id, by="benchmark", why="enough")
        await run


async def report(service: PlanningService, plan_id: str, tasks: int, updates: int, reporters: int) -> list[float]:
    """Let them report; the seconds that each report waited for its answer."""
    waited: list[float] = []

    async def reporter(number: int) -> None:
        for turn in range(number, updates, reporters):
            said = Feedback(task_id=f"t{turn % tasks}", percent=min(100.0, 100.0 * turn / updates), by="benchmark")
            start = time.perf_counter()
            await service.update_plan(plan_id, said)
            waited.append(time.perf_counter() - start)

    await asyncio.gather(*(reporter(number) for number in range(reporters)))
    return waited


async def measure(updates: int, reporters: int, tasks: int) -> dict[str, Any]:
    """The figures, on an embedded Postgres of its own."""
    with tempfile.TemporaryDirectory(prefix="groundplan-bench-") as folder:
        settings = Settings.load(home=Path(folder))
        async with PlanningService(settings=settings) as service, running(service, tasks) as plan_id:
            await report(service, plan_id, tasks, WARM_UP, reporters)
            gc.freeze()
            start = time.perf_counter()
            waited = await report(service, plan_id, tasks, updates, reporters)
            took = time.perf_counter() - start
            looks = [await look(service, plan_id) for _ in range(LOOKS)]
    percentiles = statistics.quantiles(waited, n=100)
    return {
        "updates_per_s": round(updates / took, 1),
        "p50_ms": round(1000 * percentiles[49], 2),
        "p95_ms": round(1000 * percentiles[94], 2),
        "progress_ms": round(1000 * statistics.median(looks), 2),
        "updates": updates,
        "reporters": reporters,
        "tasks": tasks,
    }


async def look(service: PlanningService, plan_id: str) -> float:
    """Seconds of one `get_progress`."""
    start = time.perf_counter()
    await service.get_progress(plan_id)
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--updates", type=int, default=5000)
    parser.add_argument("--reporters", type=int, default=50, help="how many report at once")
    parser.add_argument("--tasks", type=int, default=20, help="tasks of the plan")
    given = parser.parse_args()
    figures = asyncio.run(measure(given.updates, given.reporters, given.tasks))
    if given.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<16}{value}")


if __name__ == "__main__":
    main()
