"""How long it takes to simulate a plan.

    python benchmarks/simulate.py [--tasks 100] [--samples 10000] [--repeat 9] [--json]

Random plans of a known width (see `execution_dags.laned`), every task with an uncertain duration, cost and tokens, with
a deadline and limits; a plan of as many tasks in one chain, and one in which all wait for the first. `ms` is the median
of the repetitions, `first_ms` the first call in the process, which imports numpy.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from execution_dags import laned

from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.resources import ResourceBudget, ResourceEstimate, ThreePoint
from groundplan.domain.simulation import simulate
from groundplan.domain.task import Task, TaskDependency

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WIDTH = 8


def plan_of(seconds: Mapping[str, float], before: Mapping[str, Sequence[str]]) -> ExecutionPlan:
    """A plan of these tasks; each may take from half to three times its seconds."""
    rng = random.Random(0)
    tasks = []
    for task_id, likely in seconds.items():
        tokens = rng.uniform(500, 5000)
        estimate = ResourceEstimate(
            duration=ThreePoint(likely * rng.uniform(0.5, 0.9), likely, likely * rng.uniform(1.2, 3)),
            tokens=ThreePoint(tokens / 2, tokens, 3 * tokens),
            cost=ThreePoint(tokens / 2e5, tokens / 1e5, tokens / 3e4),
        )
        waits = [TaskDependency(task_id=other) for other in before[task_id]]
        tasks.append(Task(task_id=task_id, name=task_id, dependencies=waits, resource_estimate=estimate))
    return ExecutionPlan(tasks=tasks, resource_budget=ResourceBudget(max_cost=10.0, max_tokens=10**6))


def plans(tasks: int) -> dict[str, ExecutionPlan]:
    """A random plan, a chain and a star."""
    dag = laned(tasks, WIDTH, 60.0, seed=1)
    names = list(dag.seconds)
    chain = {name: names[max(0, number - 1) : number] for number, name in enumerate(names)}
    star = {name: names[:1] if number else [] for number, name in enumerate(names)}
    return {kind: plan_of(dag.seconds, before) for kind, before in
            {"random": dag.before, "chain": chain, "star": star}.items()}  # fmt: skip


def measure(tasks: int, samples: int, repeat: int) -> dict[str, Any]:
    """`ms` and `first_ms` of the random plan, `chain_ms` and `star_ms`."""
    figures: dict[str, Any] = {"tasks": tasks, "samples": samples}
    for kind, plan in plans(tasks).items():
        took = [_timed(plan, samples) for _ in range(repeat)]
        if kind == "random":
            figures |= {"ms": round(statistics.median(took), 1), "first_ms": round(took[0], 1)}
        else:
            figures[f"{kind}_ms"] = round(statistics.median(took), 1)
    return figures


def _timed(plan: ExecutionPlan, samples: int) -> float:
    start = time.perf_counter()
    found = simulate(plan, now=NOW, samples=samples, deadline=NOW + timedelta(hours=1))
    took = 1000 * (time.perf_counter() - start)
    assert found.finish.p50 > 0
    assert found.probability_of_deadline is not None
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=100)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if min(options.tasks, options.samples, options.repeat) < 1:
        parser.error("tasks, samples and repeat must be 1 or more")
    figures = measure(options.tasks, options.samples, options.repeat)
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<10}{value:>12,}")


if __name__ == "__main__":
    main()
