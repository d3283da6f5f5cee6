"""The task graphs that executions are measured on: random ones of a known width, and recorded scientific workflows."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Dag:
    """Tasks in an order in which each comes after those it waits for; `before` has a key for every task."""

    name: str
    seconds: Mapping[str, float]
    before: Mapping[str, Sequence[str]]

    @property
    def work(self) -> float:
        """The sum of all durations, in seconds."""
        return sum(self.seconds.values())

    @property
    def critical_path(self) -> float:
        """The longest path, in seconds: `EF(j) = d(j) + max EF(i), i → j`."""
        finish: dict[str, float] = {}
        for task, seconds in self.seconds.items():
            finish[task] = seconds + max((finish[other] for other in self.before[task]), default=0.0)
        return max(finish.values(), default=0.0)

    @property
    def remaining(self) -> dict[str, float]:
        """The longest path that begins with each task, in seconds: `R(j) = d(j) + max R(k), j → k`."""
        remaining = dict(self.seconds)
        after: dict[str, float] = dict.fromkeys(self.seconds, 0.0)
        for task in reversed(list(self.seconds)):
            remaining[task] += after[task]
            for other in self.before[task]:
                after[other] = max(after[other], remaining[task])
        return remaining

    def bound(self, workers: int) -> float:
        """No schedule is shorter: `max(critical path, work / workers)`, in seconds."""
        return max(self.critical_path, self.work / workers)

    def scaled(self, factor: float) -> Dag:
        """The same tasks, each `factor` times as long."""
        return Dag(self.name, {task: factor * seconds for task, seconds in self.seconds.items()}, self.before)


def laned(tasks: int, width: int, seconds: float, seed: int, *, spread: float = 4.0) -> Dag:
    """A random DAG that never has more than `width` tasks ready; durations mixed, `seconds` on average.

    A task waits for the one before it in its own lane, so that `width` chains cover all tasks (Dilworth 1950), and for
    up to two others of the `2 · width` before it. Durations are log-uniform from `1 / spread` to `spread`.
    """
    rng = random.Random(seed)
    names = [f"t{number:05}" for number in range(tasks)]
    lanes: dict[int, str] = {}
    before: dict[str, list[str]] = {}
    for number, name in enumerate(names):
        near = names[max(0, number - 2 * width) : number]
        waits = set(rng.sample(near, min(len(near), rng.randint(0, 2))))
        lane = rng.randrange(width)
        before[name] = sorted(waits | {lanes[lane]} if lane in lanes else waits)
        lanes[lane] = name
    shares = [spread ** rng.uniform(-1, 1) for _ in names]
    factor = seconds * tasks / sum(shares) if shares else 0.0
    durations = {name: factor * share for name, share in zip(names, shares, strict=True)}
    return Dag(f"laned-{seed}", durations, before)


def recorded(folder: Path) -> Iterator[Dag]:
    """Every workflow of the manifest, durations as recorded; a task without a runtime takes none."""
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        names = [row["file"] for row in csv.DictReader(lines)]
    for name in names:
        workflow = json.loads((folder / name).read_text(encoding="utf-8"))
        yield from_workflow(name, workflow["tasks"])


def from_workflow(name: str, tasks: Sequence[Mapping[str, object]]) -> Dag:
    """The DAG of WfFormat's list of tasks, brought into an order that its waits allow.

    Raises:
        ValueError: the tasks wait for each other in a circle, or for one that is not there.
    """
    seconds = {str(task["id"]): float(str(task.get("runtimeInSeconds") or 0.0)) for task in tasks}
    before = {str(task["id"]): [str(other) for other in _listed(task["parents"])] for task in tasks}
    order = _topological(before)
    return Dag(name, {task: seconds[task] for task in order}, {task: before[task] for task in order})


def _listed(parents: object) -> list[object]:
    return list(parents) if isinstance(parents, list) else []


def _topological(before: Mapping[str, Sequence[str]]) -> list[str]:
    waits = {task: len(set(others)) for task, others in before.items()}
    after: dict[str, list[str]] = {}
    for task, others in before.items():
        for other in set(others):
            after.setdefault(other, []).append(task)
    order = [task for task, count in waits.items() if count == 0]
    for task in order:
        for later in after.get(task, ()):
            waits[later] -= 1
            if waits[later] == 0:
                order.append(later)
    if len(order) < len(before):
        raise ValueError(f"{len(before) - len(order)} tasks wait in a circle, or for one that is not there")
    return order
