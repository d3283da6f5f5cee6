"""Whether forecasts hold: the share of actual durations inside the forecast's 80 % interval, before and after learning.

    python benchmarks/calibration.py --data DIR [--seed N] [--json]

DIR has a folder `wfcommons` of recorded scientific workflows (WfFormat 1.5), or is one. Every task with a runtime is
taken as one that a plan would have: its name is all that groundplan is told. Half of the tasks, chosen at random within
each workflow, are learned from; the others are forecast, first by what is believed without learning, then by what was
learned. An interval that holds what it says has 0.8 of them.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from groundplan.domain.calibration import is_inside
from groundplan.domain.estimation import estimate_task
from groundplan.domain.learned_estimates import LearnedEstimates
from groundplan.domain.past_task import PastTask, past_task
from groundplan.domain.task import Task, TaskType

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)

Run = tuple[Task, float]
"""A task, and the seconds that it took."""


def recorded(folder: Path) -> Iterator[tuple[str, list[Run]]]:
    """The tasks with a runtime of each workflow, by the workflow's name."""
    for path in sorted(folder.glob("*.json")):
        workflow = json.loads(path.read_text(encoding="utf-8"))
        timed = [task for task in workflow["tasks"] if (task.get("runtimeInSeconds") or 0) > 0]
        yield path.stem, [(_task(task), float(task["runtimeInSeconds"])) for task in timed]


def _task(row: dict[str, Any]) -> Task:
    return Task(name=str(row["name"])[:400], task_type=TaskType.TOOL_CALL)


def halves(workflows: list[tuple[str, list[Run]]], seed: int) -> tuple[list[PastTask], list[tuple[str, Run]]]:
    """What is learned from, and what is held out with its workflow's name."""
    rng = random.Random(seed)
    learned, held = [], []
    for name, runs in workflows:
        mixed = rng.sample(runs, len(runs))
        middle = (len(mixed) + rng.randint(0, 1)) // 2
        learned += [_past(task, seconds) for task, seconds in mixed[:middle]]
        held += [(name, run) for run in mixed[middle:]]
    return learned, held


def _past(task: Task, seconds: float) -> PastTask:
    ended = BEGAN + timedelta(seconds=seconds)
    return past_task(task, plan_id="p", run_id="r", began=BEGAN, ended=ended)


def measure(folder: Path, seed: int) -> dict[str, Any]:
    """`before`, `after`, `n`, `learned_from`, and under `by_workflow` the same for each."""
    learned, held = halves(list(recorded(folder)), seed)
    estimates = LearnedEstimates(learned)
    hits: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for name, (task, seconds) in held:
        before = estimate_task(task)
        after = estimates.estimate(task, before)
        hits[name].append((is_inside(seconds, before.duration), is_inside(seconds, after.duration)))
    everything = [pair for pairs in hits.values() for pair in pairs]
    by_workflow = {name: _shares(pairs) for name, pairs in sorted(hits.items())}
    return {**_shares(everything), "learned_from": len(learned), "by_workflow": by_workflow}


def _shares(pairs: list[tuple[bool, bool]]) -> dict[str, Any]:
    before, after = (round(sum(side) / len(pairs), 4) if pairs else None for side in zip(*pairs, strict=True))
    return {"before": before, "after": after, "n": len(pairs)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folder = options.data / "wfcommons" if (options.data / "wfcommons").is_dir() else options.data
    if not any(folder.glob("*.json")):
        parser.error(f"{options.data} has no workflows")
    figures = measure(folder, options.seed)
    if options.json:
        print(json.dumps(figures))
        return
    print(f"{'workflow':<50}{'n':>6}{'before':>9}{'after':>8}")
    for name, row in [*figures["by_workflow"].items(), ("all", figures)]:
        print(f"{name:<50}{row['n']:>6}{row['before']:>9.3f}{row['after']:>8.3f}")


if __name__ == "__main__":
    main()
