"""Write what the pages on the domain show of the code itself: life cycles, and priors of estimates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

from groundplan.domain.estimation import KINDS
from groundplan.domain.lifecycle import GOAL_TRANSITIONS, PLAN_TRANSITIONS, TASK_TRANSITIONS

DOCS = Path(__file__).parent.parent / "docs"


def life_cycle(transitions: Mapping[StrEnum, frozenset[StrEnum]]) -> str:
    """A state machine as a fenced Mermaid diagram; statuses in the order of their enum."""
    start, order = next(iter(transitions)), list(type(next(iter(transitions))))
    lines = ["stateDiagram-v2", "    direction LR", f"    [*] --> {start}"]
    for status in order:
        lines += [f"    {status} --> {after}" for after in order if after in transitions[status]]
    lines += [f"    {status} --> [*]" for status in order if not transitions[status]]
    return "\n".join(["```mermaid", *lines, "```"])


def priors() -> str:
    """The kinds of work that an estimate is told from, as a table."""
    lines = ["| kind | words | minutes | tokens | cores, MB of a tool |", "|---|---|---|---|---|"]
    for kind in KINDS:
        words = kind.words.replace("|", ", ").replace("-?", "").replace("[sz]", "s")
        minutes = " / ".join(f"{value:g}" for value in kind.minutes)
        tokens = " / ".join(f"{value:,.0f}" for value in kind.tokens) if any(kind.tokens) else "–"
        machine = f"{kind.cores:g}, {kind.megabytes:g}" if kind.cores else "–"
        lines.append(f"| {kind.name} | {words} | {minutes} | {tokens} | {machine} |")
    return "\n".join(lines)


PARTS: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "domain.md": {
        "goal": lambda: life_cycle(GOAL_TRANSITIONS),
        "plan": lambda: life_cycle(PLAN_TRANSITIONS),
        "task": lambda: life_cycle(TASK_TRANSITIONS),
    },
    "estimates-and-risks.md": {"priors": priors},
}


def written(page: str, text: str) -> str:
    """The page with its present parts between their marks."""
    for name, part in PARTS[page].items():
        begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}\n{part()}\n{end}{after}"
    return text


if __name__ == "__main__":
    for page in PARTS:
        file = DOCS / page
        file.write_text(written(page, file.read_text(encoding="utf-8")), encoding="utf-8")
