"""How planning grows with the number of tasks, without a model and without a database.

    python benchmarks/scale.py [--json] [--sizes 10,100,1000,5000]

For each size goals that list that many steps go through the whole graph (in-memory stores, so that what is measured
is planning; each goal new, so that none is recalled), in a process of its own: seconds of the processor (it waits for
nothing else, and others may use the machine), and MB beyond an idle process that has imported everything.

Each size is measured twice. `seconds` is a process as it comes. There every full collection of garbage walks through
all imported modules too, and only plans of thousands of tasks are long enough to meet one. `frozen_seconds` is a
process that has taken its modules out of that (`gc.freeze`), as a server or a command may; a library may not.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import resource
import statistics
import subprocess
import sys
import time

SIZES = (10, 100, 1000, 5000)
REPEATS = 5


def goal_of(size: int, number: int = 0) -> str:
    """A goal that lists `size` steps, in lines short enough for 5,000 of them: chains of ten beside each other."""
    lines = [f"Prepare the files of week {number}:"]
    for step in range(1, size + 1):
        after = f", after {step - 10}" if step > 10 and step % 10 == 1 else ""
        lines.append(f"{step}. Check it{after}")
    return "\n".join(lines)


async def _plan(size: int, frozen: bool) -> dict[str, float]:
    from groundplan.service import PlanningService, Settings
    from groundplan.testing import memory_resources

    settings = Settings.load(planning_horizon_days=100_000)
    times = []
    for number in range(REPEATS):
        async with PlanningService(settings=settings, resources=memory_resources()) as service:
            await service.create_plan(goal_of(5, number), mode="ends")
            gc.collect()
            if frozen:
                gc.freeze()
            if number == 0:
                idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            start = time.process_time()
            plan = await service.create_plan(goal_of(size, number), mode="ends")
            times.append(time.process_time() - start)
        assert len(plan.tasks) == size, f"{len(plan.tasks)} tasks of {size}"
        assert not plan.metadata.cache_hit, "the plan was recalled, not made"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": statistics.median(times), "mb": peak - idle, "rss_mb": peak}


def measured(size: int) -> dict[str, float]:
    """Seconds and MB for one plan of this size, from fresh processes."""
    plain, frozen = _in_a_process(size), _in_a_process(size, "--frozen")
    return plain | {
        "us_per_task": 1e6 * plain["seconds"] / size,
        "frozen_seconds": frozen["seconds"],
        "frozen_us_per_task": 1e6 * frozen["seconds"] / size,
    }


def _in_a_process(size: int, *options: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--one", str(size), *options]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of tasks, comma-separated")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--frozen", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(asyncio.run(_plan(arguments.one, arguments.frozen))))
        return
    sizes = [int(size) for size in arguments.sizes.split(",")]
    figures: dict[str, dict[str, float]] = {str(size): measured(size) for size in sizes}
    if arguments.json:
        print(json.dumps(figures))
        return
    for size in sizes:
        row = figures[str(size)]
        print(
            f"{size:6} tasks {row['seconds']:9.4f} s {row['us_per_task']:8.1f} us/task {row['mb']:8.1f} MB"
            f" {row['frozen_us_per_task']:8.1f} us/task frozen"
        )


if __name__ == "__main__":
    main()
