"""Draw the planning graph and the execution graph into the README, from the graphs themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from groundplan.graph.executor import build_executor
from groundplan.graph.planner import build_planner

README = Path(__file__).parent.parent / "README.md"
GRAPHS = {"planner": build_planner, "executor": build_executor}


def drawing(name: str = "planner") -> str:
    """The graph as a fenced Mermaid diagram."""
    graph: Any = GRAPHS[name]()
    drawn = graph.compile().get_graph().draw_mermaid(with_styles=False)
    return f"```mermaid\n{drawn.strip()}\n```"


def with_drawing(text: str) -> str:
    """The README with the present drawings between their marks."""
    for name in GRAPHS:
        begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}\n{drawing(name)}\n{end}{after}"
    return text


if __name__ == "__main__":
    README.write_text(with_drawing(README.read_text(encoding="utf-8")), encoding="utf-8")
