"""What the sanitizer refuses, of attacks and of honest texts, and how long it takes.

    python benchmarks/sanitizer.py --data DIR [--json]

DIR holds malicious/malicious.jsonl (text, category, trivial, embed_only) and benign/benign.jsonl (text, source, lang).
Recall is taken over the attacks that are neither trivial nor harmless alone, per category; beside it the share of
honest texts refused, per source and language, of all and of those without a metacharacter. Each share has its n.
Times are medians over several passes through all honest texts, after one pass to warm up.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from groundplan.domain.sanitizer import Policy, find_refusal

METACHARACTERS = frozenset("<>|&;$`")
PASSES = 5

Row = dict[str, Any]


def rows_of(path: Path) -> list[Row]:
    """The objects of a JSON Lines file."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def shares(rows: Iterable[Row], key: str, refused: set[int]) -> tuple[dict[str, float], dict[str, int]]:
    """Share refused and number of rows, per value of `key`; `refused` holds the identities of the refused rows."""
    total: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    for row in rows:
        total[row[key]] += 1
        hits[row[key]] += id(row) in refused
    return {name: round(hits[name] / n, 4) for name, n in sorted(total.items())}, dict(sorted(total.items()))


def share(rows: list[Row], refused: set[int]) -> float:
    """Share of the rows that were refused; 0.0 of none."""
    return round(sum(id(row) in refused for row in rows) / len(rows), 4) if rows else 0.0


def refused_of(rows: list[Row], policy: Policy) -> set[int]:
    """Identities of the rows whose text the policy refuses."""
    return {id(row) for row in rows if find_refusal(row["text"], policy) is not None}


def ms_per_1000_characters(texts: list[str], policy: Policy) -> float:
    """Median milliseconds that 1,000 characters of these texts take."""
    seconds = []
    for _ in range(PASSES):
        start = time.perf_counter()
        for text in texts:
            find_refusal(text, policy)
        seconds.append(time.perf_counter() - start)
    return round(statistics.median(seconds) * 1e6 / sum(map(len, texts)), 3)


def measured(attacks: list[Row], honest: list[Row], policy: Policy) -> dict[str, Any]:
    """All figures of one policy."""
    caught, refused = refused_of(attacks, policy), refused_of(honest, policy)
    plain = [row for row in honest if METACHARACTERS.isdisjoint(row["text"])]
    recall, n = shares(attacks, "category", caught)
    by_source, n_benign = shares(honest, "source", refused)
    by_language, n_by_language = shares(honest, "lang", refused)
    return {
        "recall": recall,
        "n": n,
        "refused_benign": by_source,
        "n_benign": n_benign,
        "refused_benign_by_language": by_language,
        "n_benign_by_language": n_by_language,
        "refused_benign_total": share(honest, refused),
        "n_benign_total": len(honest),
        "refused_benign_without_refused_characters": share(plain, refused),
        "n_benign_without_refused_characters": len(plain),
        "ms_per_1000_chars": ms_per_1000_characters([row["text"] for row in honest], policy),
    }


def print_table(figures: dict[str, dict[str, Any]]) -> None:
    """The figures side by side, one column a policy."""
    some = next(iter(figures.values()))
    print(f"{'':44}{'n':>6}" + "".join(f"{policy:>10}" for policy in figures))
    for title, key, count in (
        ("attacks refused", "recall", "n"),
        ("honest texts refused", "refused_benign", "n_benign"),
        ("honest texts refused, by language", "refused_benign_by_language", "n_benign_by_language"),
    ):
        print(title)
        for name, n in some[count].items():
            print(f"  {name:42}{n:>6}" + "".join(f"{each[key][name]:>10.4f}" for each in figures.values()))
    for title, key, count in (
        ("honest texts refused, all", "refused_benign_total", "n_benign_total"),
        (
            "honest texts without metacharacters",
            "refused_benign_without_refused_characters",
            "n_benign_without_refused_characters",
        ),
    ):
        print(f"{title:44}{some[count]:>6}" + "".join(f"{each[key]:>10.4f}" for each in figures.values()))
    print(
        f"{'ms for 1,000 characters':50}" + "".join(f"{each['ms_per_1000_chars']:>10.3f}" for each in figures.values())
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds malicious/ and benign/")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    arguments = parser.parse_args()
    attacks = [
        row
        for row in rows_of(arguments.data / "malicious" / "malicious.jsonl")
        if not row["trivial"] and not row["embed_only"]
    ]
    honest = rows_of(arguments.data / "benign" / "benign.jsonl")
    figures = {policy.value: measured(attacks, honest, policy) for policy in Policy}
    if arguments.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        print_table(figures)


if __name__ == "__main__":
    main()
