"""How planning grows with the number of tasks, without a model and without a database.

    python benchmarks/scale.py [--json] [--sizes 10,100,1000,5000]

For each size a goal that lists that many steps goes through the whole graph (in-memory stores, so that what is measured
is planning), in a process of its own: seconds, and MB beyond an idle process that has imported everything.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import time

SIZES = (10, 100, 1000, 5000)
REPEATS = 5


def goal_of(size: int) -> str:
    """A goal that lists `size` steps, in lines short enough for 5,000 of them: chains of ten beside each other."""
    lines = ["Prepare the files:"]
    for number in range(1, size + 1):
        after = f", after {number - 10}" if number > 10 and number % 10 == 1 else ""
        lines.append(f"{number}. Check it{after}")
    return "\n".join(lines)


async def _plan(size: int) -> dict[str, float]:
    from groundplan.service import PlanningService, Settings
    from groundplan.testing import memory_resources

    text = goal_of(size)
    settings = Settings.load(cache_ttl_seconds=0, planning_horizon_days=100_000)
    async with PlanningService(settings=settings, resources=memory_resources()) as service:
        await service.create_plan(goal_of(5), mode="ends")
        idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        times = []
        for _ in range(REPEATS if size <= 1000 else 3):
            start = time.perf_counter()
            plan = await service.create_plan(text, mode="ends")
            times.append(time.perf_counter() - start)
        assert len(plan.tasks) == size, f"{len(plan.tasks)} tasks of {size}"
        first_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": statistics.median(times), "mb": first_peak - idle, "rss_mb": first_peak}


def measured(size: int) -> dict[str, float]:
    """Seconds and MB for one plan of this size, from a fresh process."""
    done = subprocess.run([sys.executable, __file__, "--one", str(size)], check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of tasks, comma-separated")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(asyncio.run(_plan(arguments.one))))
        return
    sizes = [int(size) for size in arguments.sizes.split(",")]
    figures: dict[str, dict[str, float]] = {str(size): measured(size) for size in sizes}
    for size in sizes:
        figures[str(size)]["us_per_task"] = 1e6 * figures[str(size)]["seconds"] / size
    if arguments.json:
        print(json.dumps(figures))
        return
    for size in sizes:
        row = figures[str(size)]
        print(f"{size:6} tasks {row['seconds']:9.4f} s {row['us_per_task']:8.1f} us/task {row['mb']:8.1f} MB")


if __name__ == "__main__":
    main()
