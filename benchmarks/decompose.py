"""How well a real model's answers become plans, on goals of WorFBench.

    python benchmarks/decompose.py --data DIR --model NAME [--base-url URL] [--limit N] [--json]

The task text goes straight to decomposition (it holds action lists that a sanitizer would refuse; the few beyond 6,000
characters are cut). Goals are drawn evenly over the sources, by a seed. The bounds are those of the settings' defaults,
compound steps broken down included; only the time for one call is longer. *Valid* means: the answer was read, its
dependencies resolve without a cycle, and validation finds no error. `valid_first` counts goals whose first answer was
good, `valid_after_repair` those that became a valid plan, `acyclic` those whose first outline had no cycle.

Node F1: predicted and gold steps are matched one to one, greedily by similarity of their words (Dice coefficient of
word stems, at least 0.3); edge F1: edges between matched steps, mapped through that matching. A lexical matching gives
lower figures than WorFBench's own with sentence embeddings.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import statistics
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from groundplan.decomposition.asking import Asker, Budget
from groundplan.decomposition.decompose import Decomposer
from groundplan.decomposition.models import open_model
from groundplan.domain.dependency_graph import resolve
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.findings import Finding, Level, ValidationResult
from groundplan.domain.goal import Goal
from groundplan.domain.outline import Outline, instantiate
from groundplan.domain.plan import ExecutionPlan, PlanMetadata
from groundplan.domain.settings import ModelLimits, PlannerSettings
from groundplan.domain.validation import validate
from groundplan.stores.memory import MemoryModelAnswers

SIMILAR = 0.3
LONGEST_TASK = 6000
SECONDS_OF_A_CALL = 600.0


@dataclass
class Result:
    """What came of one goal."""

    valid: bool = False
    first: bool = False
    acyclic: bool = False
    calls: int = 0
    tokens: int = 0
    seconds: float = 0.0
    node_f1: float = 0.0
    edge_f1: float = 0.0
    error: str = ""


def drawn(rows: list[dict[str, Any]], limit: int, seed: int) -> list[dict[str, Any]]:
    """`limit` rows, evenly over the sources."""
    by_source: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_source.setdefault(row["source"], []).append(row)
    dice = random.Random(seed)
    for group in by_source.values():
        dice.shuffle(group)
    mixed = [row for place in range(len(rows)) for group in by_source.values() for row in group[place : place + 1]]
    return mixed[:limit]


async def measured(row: dict[str, Any], model: Any, name: str, limits: ModelLimits) -> Result:
    """Decompose one goal, as the planning graph does, and compare it with the gold workflow."""
    settings, budget, start = PlannerSettings(model=limits), Budget(limits), time.perf_counter()
    goal, result = Goal(goal_text=row["task"][:LONGEST_TASK]), Result()
    asker = Asker(model, name, MemoryModelAnswers(), row["id"], budget)
    try:
        decomposer = Decomposer(asker, settings)
        outline = await decomposer.decompose(goal)
        findings = _checked(outline, goal)
        result.acyclic = all(finding.code is not ErrorCode.DEPENDENCY_CYCLE for finding in findings.errors)
        result.first = findings.valid and not any(note.startswith("asked again") for note in decomposer.tried)
        for attempt in range(1, settings.max_repairs + 1):
            if findings.valid:
                break
            again = Decomposer(replace(asker, attempt=attempt), settings)
            outline = await again.repair(goal, outline, findings)
            findings = _checked(outline, goal)
        result.valid = findings.valid
        result.node_f1, result.edge_f1 = scores(outline, row)
        findings.raise_if_invalid()
    except PlanningError as error:
        result.error = str(error)
    result.calls, result.tokens = budget.calls, budget.tokens
    result.seconds = time.perf_counter() - start
    return result


def _checked(outline: Outline, goal: Goal) -> ValidationResult:
    """What the nodes `resolve` and `validate` find."""
    tasks = instantiate(outline, "bench", now=datetime.now(UTC))
    problems = []
    try:
        tasks, _ = resolve(tasks)
    except PlanningError as error:
        problems = [Finding(code=error.code, level=Level.SEMANTICS, path="dependencies", message=error.message)]
    plan = ExecutionPlan(
        plan_id="bench", tasks=tasks, goal_text=goal.goal_text, metadata=PlanMetadata(strategy=outline.origin.strategy)
    )
    return ValidationResult(errors=[*problems, *validate(plan).errors])


def scores(outline: Outline, row: dict[str, Any]) -> tuple[float, float]:
    """F1 of steps and of edges against the gold workflow."""
    gold = {str(node["id"]): _words(node["text"]) for node in row["nodes"]}
    ours = {step.key: _words(f"{step.name} {step.description}") for step in outline.steps}
    pairs = sorted(
        ((_dice(mine, theirs), key, other) for key, mine in ours.items() for other, theirs in gold.items()),
        reverse=True,
    )
    match: dict[str, str] = {}
    for similarity, key, other in pairs:
        if similarity >= SIMILAR and key not in match and other not in match.values():
            match[key] = other
    gold_edges = {(a, b) for a, b in row["edges"] if a in gold and b in gold}
    our_edges = [(wait.key, step.key) for step in outline.steps for wait in step.depends_on]
    hits = sum((match.get(a), match.get(b)) in gold_edges for a, b in our_edges)
    return _f1(len(match), len(ours), len(gold)), _f1(hits, len(our_edges), len(gold_edges))


def _words(text: str) -> set[str]:
    return {re.sub(r"(?:ing|ed|es|s)$", "", word) for word in re.findall(r"[a-z0-9]+", text.lower()) if len(word) > 2}


def _dice(a: set[str], b: set[str]) -> float:
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def _f1(hits: int, ours: int, gold: int) -> float:
    if ours == gold == 0:
        return 1.0
    return 2 * hits / (ours + gold) if ours + gold else 0.0


def summary(results: list[Result]) -> dict[str, float]:
    """The figures of the issue, and the node and edge F1."""
    mean = statistics.fmean
    return {
        "n": len(results),
        "valid_first": mean(r.first for r in results),
        "valid_after_repair": mean(r.valid for r in results),
        "acyclic": mean(r.acyclic for r in results),
        "mean_calls": mean(r.calls for r in results),
        "mean_tokens": mean(r.tokens for r in results),
        "mean_s": mean(r.seconds for r in results),
        "node_f1": mean(r.node_f1 for r in results),
        "edge_f1": mean(r.edge_f1 for r in results),
    }


async def run(arguments: argparse.Namespace) -> dict[str, float]:
    """Measure every drawn goal, one after the other."""
    lines = (arguments.data / "worfbench" / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    rows = drawn([json.loads(line) for line in lines if line.strip()], arguments.limit, arguments.seed)
    spec = arguments.model if arguments.model.startswith("ollama:") else f"ollama:{arguments.model}"
    limits = ModelLimits(timeout_seconds=SECONDS_OF_A_CALL)
    model = open_model(spec, base_url=arguments.base_url, limits=limits)
    results = []
    for row in rows:
        result = await measured(row, model, spec, limits)
        results.append(result)
        if not arguments.json:
            told = f"valid {result.valid!s:5} calls {result.calls} {result.seconds:6.1f} s"
            print(f"{row['id']:24} {told} {result.error[:200]}", flush=True)
    return {name: round(value, 4) for name, value in summary(results).items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds worfbench/gold.jsonl")
    parser.add_argument("--model", required=True, help="the model's name behind the Ollama API")
    parser.add_argument("--base-url", help="where the Ollama API answers (default: OLLAMA_HOST or its own default)")
    parser.add_argument("--limit", type=int, default=20, help="how many goals")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    arguments = parser.parse_args()
    figures = asyncio.run(run(arguments))
    if arguments.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:20} {value:10.3f}")


if __name__ == "__main__":
    main()
