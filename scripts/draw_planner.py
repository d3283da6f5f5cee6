"""Draw the planning graph into the README, from the graph itself."""

from __future__ import annotations

from pathlib import Path

from groundplan.graph.planner import build_planner

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- planner:begin -->", "<!-- planner:end -->"


def drawing() -> str:
    """The planning graph as a fenced Mermaid diagram."""
    drawn = build_planner().compile().get_graph().draw_mermaid(with_styles=False)
    return f"```mermaid\n{drawn.strip()}\n```"


def with_drawing(text: str) -> str:
    """The README with the present drawing between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{drawing()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(with_drawing(README.read_text(encoding="utf-8")), encoding="utf-8")
