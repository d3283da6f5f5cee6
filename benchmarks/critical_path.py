"""How often the critical path is exactly the published one, on data that nobody here wrote.

    python benchmarks/critical_path.py --data DIR [--json]

DIR holds any of the folders `asynchow`, `wfcommons` and `psplib`.

asynchow   everyday goals: step times as text ("30 min") are parsed, the path over the edges is measured with the low
           and with the high ends of the durations; both must equal the gold range (a month is 28 to 31 days)
wfcommons  executions of scientific workflows (WfFormat 1.5): tasks without a runtime take none; manifest.csv has the
           critical path in seconds, rounded to milliseconds
psplib     project scheduling instances (.sm): best_known.csv has the length of the critical path

Prints the share that is exact, how many were measured, and the ids of the first ten that differ.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from groundplan.domain.critical_path import critical_path
from groundplan.domain.durations import parse_duration

ROUNDED = 0.0005 + 1e-9
SHOWN = 10
NO_TIME = ("START", "END")

Case = tuple[str, bool]
"""An instance's id, and whether its critical path is exact."""


def asynchow(folder: Path) -> Iterator[Case]:
    """Every row of every JSON-lines file."""
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                yield str(row["id"]), asynchow_range(row) == tuple(row["gold_time_seconds_range"])


def asynchow_range(row: dict[str, Any]) -> tuple[float, float] | None:
    """The shortest time of the row's goal in seconds, lowest and highest; None if a step's time cannot be read."""
    try:
        times = {step: parse_duration(text) for step, text in row["step_times"].items()}
    except ValueError:
        return None
    before: dict[str, list[str]] = {step: [] for step in (*times, *NO_TIME)}
    for earlier, later in row["edges"]:
        before[later].append(earlier)
    low = {step: times[step].low if step in times else 0.0 for step in before}
    high = {step: times[step].high if step in times else 0.0 for step in before}
    return critical_path(low, before).length, critical_path(high, before).length


def wfcommons(folder: Path) -> Iterator[Case]:
    """Every workflow of the manifest."""
    for entry in _rows(folder / "manifest.csv"):
        workflow = json.loads((folder / entry["file"]).read_text(encoding="utf-8"))
        tasks = workflow["tasks"]
        runtimes = {task["id"]: float(task.get("runtimeInSeconds") or 0.0) for task in tasks}
        length = critical_path(runtimes, {task["id"]: task["parents"] for task in tasks}).length
        yield entry["file"], abs(length - float(entry["critical_path_s"])) <= ROUNDED


def psplib(folder: Path) -> Iterator[Case]:
    """Every instance of best_known.csv."""
    for entry in _rows(folder / "best_known.csv"):
        text = (folder / f"{entry['instance']}.sm").read_text(encoding="utf-8")
        length = critical_path(*read_project(text)).length
        yield entry["instance"], length == float(entry["cpm_length"])


def read_project(text: str) -> tuple[dict[int, float], dict[int, list[int]]]:
    """Durations and predecessors by job number, from a `.sm` file with one mode a job."""
    before: dict[int, list[int]] = {}
    for job, _modes, _count, *after in _numbers(text, "PRECEDENCE RELATIONS"):
        before.setdefault(job, [])
        for later in after:
            before.setdefault(later, []).append(job)
    durations = {row[0]: float(row[2]) for row in _numbers(text, "REQUESTS/DURATIONS")}
    return durations, before


def _numbers(text: str, section: str) -> list[list[int]]:
    """The rows of integers in a section, which ends at a line of asterisks."""
    body = text.split(section, 1)[1].split("*****", 1)[0]
    return [
        [int(word) for word in line.split()] for line in body.splitlines() if re.fullmatch(r"[\d\s]*\d[\d\s]*", line)
    ]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


SETS: dict[str, Callable[[Path], Iterator[Case]]] = {"asynchow": asynchow, "wfcommons": wfcommons, "psplib": psplib}


def measure(data: Path) -> dict[str, Any]:
    """`exact_SET`, `n_SET`, `mismatches_SET` and `seconds_SET` for every set whose folder is there."""
    figures: dict[str, Any] = {}
    for name, cases_of in SETS.items():
        if not (data / name).is_dir():
            continue
        start = time.perf_counter()
        cases = list(cases_of(data / name))
        figures[f"exact_{name}"] = sum(exact for _, exact in cases) / len(cases) if cases else None
        figures[f"n_{name}"] = len(cases)
        figures[f"mismatches_{name}"] = [case for case, exact in cases if not exact][:SHOWN]
        figures[f"seconds_{name}"] = round(time.perf_counter() - start, 3)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = measure(options.data)
    if not figures:
        parser.error(f"{options.data} has none of the folders {', '.join(SETS)}")
    if options.json:
        print(json.dumps(figures))
        return
    print(f"{'set':<12}{'n':>6}{'exact':>9}{'seconds':>9}  differ")
    for name in (name for name in SETS if f"n_{name}" in figures):
        exact = figures[f"exact_{name}"]
        share = "-" if exact is None else f"{exact:.4f}"
        differ = ", ".join(figures[f"mismatches_{name}"]) or "none"
        print(f"{name:<12}{figures[f'n_{name}']:>6}{share:>9}{figures[f'seconds_{name}']:>9.2f}  {differ}")


if __name__ == "__main__":
    main()
