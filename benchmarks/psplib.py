"""How near the best known makespans our schedules come, on the project scheduling library PSPLIB.

    python benchmarks/psplib.py --data DIR --seconds S [--limit N] [--optimize] --out FILE [--json]

DIR holds instances with one mode a job (`j30….sm`, `j60….sm`, `j120….sm`) and `best_known.csv` with the columns
`instance` and `best_known_makespan`, itself or in a folder `psplib`. Every instance of that file is scheduled for at
most S seconds on one core; with --optimize on two, and once more by CP-SAT alone in the same time.

Under `j30`, `j60` and `j120`: `n` instances; the share that is `feasible`, by a check of its own that knows nothing of
the solver; `mean_gap_percent` to the best known makespan; how many are `equal_best` or shorter; `mean_seconds`. With
--optimize also `cpsat_alone` with its `mean_gap_percent` (over those it found a schedule for, `found`).

FILE has one JSON line per instance: {"instance": …, "start": [job 1 … job n, dummies included], "makespan": …}.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import IO, Any

from groundplan.domain.rcpsp.cp_sat import solve_alone
from groundplan.domain.rcpsp.optimizing import optimize
from groundplan.domain.rcpsp.problem import Project
from groundplan.domain.rcpsp.solving import solve

SETS = ("j30", "j60", "j120")


@dataclass(frozen=True)
class Instance:
    name: str
    project: Project
    best_known: int


@dataclass(frozen=True)
class Answer:
    instance: Instance
    starts: tuple[int, ...]
    seconds: float

    @property
    def makespan(self) -> int:
        return max(map(sum, zip(self.starts, self.instance.project.durations, strict=True)))

    @property
    def gap_percent(self) -> float:
        return 100 * (self.makespan / self.instance.best_known - 1)


def read_instance(path: Path, best_known: int) -> Instance:
    """An instance of a `.sm` file with one mode a job."""
    text = path.read_text(encoding="utf-8")
    after = {row[0]: row[3:] for row in _numbers(text, "PRECEDENCE RELATIONS")}
    requests = _numbers(text, "REQUESTS/DURATIONS")
    before: list[list[int]] = [[] for _ in requests]
    for job, successors in after.items():
        for later in successors:
            before[later - 1].append(job - 1)
    return Instance(
        path.stem,
        Project(
            durations=tuple(row[2] for row in requests),
            predecessors=tuple(map(tuple, before)),
            demands=tuple(tuple(row[3:]) for row in requests),
            capacities=tuple(_numbers(text, "RESOURCEAVAILABILITIES")[-1]),
        ),
        best_known,
    )


def _numbers(text: str, section: str) -> list[list[int]]:
    """The rows of integers in a section, which ends at a line of asterisks."""
    body = text.split(section, 1)[1].split("*****", 1)[0]
    return [
        [int(word) for word in line.split()] for line in body.splitlines() if re.fullmatch(r"[\d\s]*\d[\d\s]*", line)
    ]


def instances(data: Path, limit: int | None) -> dict[str, list[Instance]]:
    """By set, those of best_known.csv; at most `limit` of each, evenly spread over the set."""
    folder = data if (data / "best_known.csv").is_file() else data / "psplib"
    with (folder / "best_known.csv").open(encoding="utf-8", newline="") as lines:
        best = {row["instance"]: int(row["best_known_makespan"]) for row in csv.DictReader(lines)}
    chosen = {}
    for name in SETS:
        # j301_1 is of j30 and j12010_10 of j120: the set's name, one or two digits, an underscore.
        members = sorted(key for key in best if re.fullmatch(rf"{name}\d{{1,2}}_\d+", key))
        chosen[name] = [read_instance(folder / f"{key}.sm", best[key]) for key in _spread(members, limit)]
    return chosen


def _spread(members: list[str], limit: int | None) -> list[str]:
    if limit is None or limit >= len(members):
        return members
    return [members[place * len(members) // limit] for place in range(limit)]


def is_feasible(project: Project, starts: tuple[int, ...]) -> bool:
    """Whether every job starts after those it waits for and no resource is overdrawn at any time."""
    ends = [start + length for start, length in zip(starts, project.durations, strict=True)]
    if min(starts) < 0 or any(
        starts[job] < ends[other] for job, before in enumerate(project.predecessors) for other in before
    ):
        return False
    for resource, capacity in enumerate(project.capacities):
        used = [0] * max(ends)
        for job, row in enumerate(project.demands):
            for moment in range(starts[job], ends[job]):
                used[moment] += row[resource]
        if used and max(used) > capacity:
            return False
    return True


def answers(chosen: list[Instance], schedule: Callable[[Project], tuple[int, ...]]) -> list[Answer]:
    found = []
    for instance in chosen:
        begin = time.perf_counter()
        starts = schedule(instance.project)
        found.append(Answer(instance, starts, time.perf_counter() - begin))
    return found


def figures(found: list[Answer]) -> dict[str, Any]:
    return {
        "n": len(found),
        "feasible": fmean([is_feasible(answer.instance.project, answer.starts) for answer in found]),
        "mean_gap_percent": round(fmean([answer.gap_percent for answer in found]), 3),
        "equal_best": sum(answer.makespan <= answer.instance.best_known for answer in found),
        "mean_seconds": round(fmean([answer.seconds for answer in found]), 3),
        "max_seconds": round(max([answer.seconds for answer in found]), 3),
    }


def alone(chosen: list[Instance], seconds: float) -> dict[str, Any]:
    """The figures of CP-SAT without our start."""
    found = [(instance, solve_alone(instance.project, seconds=seconds)) for instance in chosen]
    gaps = [100 * (solution.makespan / instance.best_known - 1) for instance, solution in found if solution]
    return {"found": len(gaps), "mean_gap_percent": round(fmean(gaps), 3) if gaps else None}


def measure(data: Path, seconds: float, limit: int | None, with_cp_sat: bool, out: IO[str]) -> dict[str, Any]:
    def schedule(project: Project) -> tuple[int, ...]:
        found = optimize(project, seconds=seconds) if with_cp_sat else solve(project, seconds=seconds)
        return found.starts

    if with_cp_sat:
        importlib.import_module("ortools.sat.python.cp_model")  # takes a second, which is no instance's
    measured = {}
    for name, chosen in instances(data, limit).items():
        if not chosen:
            continue
        found = answers(chosen, schedule)
        for answer in found:
            line = {"instance": answer.instance.name, "start": answer.starts, "makespan": answer.makespan}
            out.write(json.dumps(line) + "\n")
        measured[name] = figures(found)
        if with_cp_sat:
            measured[name]["cpsat_alone"] = alone(chosen, seconds)
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--optimize", action="store_true")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with options.out.open("w", encoding="utf-8") as out:
        measured = measure(options.data, options.seconds, options.limit, options.optimize, out)
    if options.json:
        print(json.dumps(measured))
        return
    print(f"{'set':<6}{'n':>5}{'feasible':>10}{'gap %':>8}{'best':>6}{'seconds':>9}{'CP-SAT alone %':>16}")
    for name, row in measured.items():
        beside = row["cpsat_alone"]["mean_gap_percent"] if "cpsat_alone" in row else "-"
        print(
            f"{name:<6}{row['n']:>5}{row['feasible']:>10.1%}{row['mean_gap_percent']:>8.2f}{row['equal_best']:>6}"
            f"{row['mean_seconds']:>9.2f}{beside:>16}"
        )


if __name__ == "__main__":
    main()
