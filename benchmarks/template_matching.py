"""How often a template is matched by texts that nobody here wrote, and whether the templates' own examples hold.

    python benchmarks/template_matching.py --data DIR [--json]

Titles of asynchow, tasks of worfbench and benign texts ask for everyday things; most matches there are false. Those
that a fair reader would call right ("How to Plan a Trip to Tibet" → travel-planning) are counted too: the share is
raw, and the first 20 matched texts are shown to judge it.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from groundplan.templates.registry import TemplateRegistry


def texts(data: Path) -> Iterator[tuple[str, str]]:
    """(source, text) of every row."""
    for path in sorted((data / "asynchow").glob("*.jsonl")):
        yield from (("asynchow titles", row["title"]) for row in rows(path))
    yield from (("worfbench tasks", row["task"]) for row in rows(data / "worfbench" / "gold.jsonl"))
    yield from ((f"benign {row['source']}", row["text"]) for row in rows(data / "benign" / "benign.jsonl"))


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a JSON-lines file."""
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


def examples_right(registry: TemplateRegistry) -> float:
    """Share of the templates' own examples that come out as they say."""
    right = total = 0
    for template in registry:
        for goal in template.examples.match:
            ranked = registry.rank(goal)
            right += bool(ranked) and ranked[0].template_id == template.id
            total += 1
        for goal in template.examples.no_match:
            right += all(match.template_id != template.id for match in registry.rank(goal))
            total += 1
    return right / total


def measured(data: Path) -> dict[str, Any]:
    """All figures."""
    registry = TemplateRegistry.builtin()
    registry.rank("warm up")
    seen: dict[str, int] = {}
    hits: dict[str, int] = {}
    shown = []
    start = time.perf_counter()
    for source, text in texts(data):
        seen[source] = seen.get(source, 0) + 1
        ranked = registry.rank(text)
        if ranked:
            hits[source] = hits.get(source, 0) + 1
            shown.append([source, text[:120], ranked[0].template_id])
    taken = time.perf_counter() - start
    return {
        "matched": {source: round(hits.get(source, 0) / n, 4) for source, n in seen.items()},
        "n": seen,
        "matched_total": round(sum(hits.values()) / sum(seen.values()), 4),
        "examples_right": examples_right(registry),
        "us_per_match": round(1e6 * taken / sum(seen.values()), 1),
        "shown": shown[:20],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds asynchow/, worfbench/ and benign/")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    arguments = parser.parse_args()
    figures = measured(arguments.data)
    if arguments.json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    for source, share in figures["matched"].items():
        print(f"{source:32} {figures['n'][source]:6} {share:8.2%}")
    print(f"all {figures['matched_total']:.2%}, own examples right {figures['examples_right']:.1%}")
    print(f"{figures['us_per_match']} us each")
    for source, text, template in figures["shown"]:
        print(f"  {template:20} {source:20} {text}")


if __name__ == "__main__":
    main()
