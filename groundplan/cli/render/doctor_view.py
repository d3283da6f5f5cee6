"""What the doctor found, as a table and a verdict."""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType

from groundplan.cli.render.tables import group, line, table

_STYLES = {"ok": "green", "degraded": "yellow", "down": "red"}


def doctor_view(found: dict[str, Any]) -> RenderableType:
    """One row a component, what to do below, then the versions."""
    components = found["components"]
    rows = [
        [name, line((part["status"], _STYLES.get(part["status"], ""))), part["detail"]]
        for name, part in components.items()
    ]
    todo = [line((f"{name}: ", "bold"), part["advice"]) for name, part in components.items() if part["advice"]]
    verdict = "Plans can be made." if found["healthy"] else "No plans can be made at the moment."
    return group(
        table(["Component", "State", "~Detail"], rows),
        line(),
        *todo,
        line((verdict, "green" if found["healthy"] else "red")),
        line(("  ".join(f"{name} {number}" for name, number in found["versions"].items()), "dim")),
    )
