"""Plans, goals and checkpoints as tables: one row each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType

from groundplan.cli.render.plain import shortened
from groundplan.cli.render.tables import group, line, table
from groundplan.cli.render.times import moment

if TYPE_CHECKING:
    from groundplan.domain.goal import Goal
    from groundplan.graph.history import CheckpointView

_TEXT = 120


def plans_table(plans: Sequence[dict[str, Any]]) -> RenderableType:
    """Rows as `PlanningService.list_plans` gives them."""
    if not plans:
        return line("No plans here. Make one: groundplan plan '1. First step 2. Second step'")
    rows = [
        [
            row["plan_id"],
            f"{row['version']}",
            row["status"].replace("_", " "),
            f"{row['task_count']}",
            moment(datetime.fromisoformat(row["created_at"])),
            shortened(row["goal_text"], _TEXT),
        ]
        for row in plans
    ]
    return table(["Plan", "Version", "Status", "Tasks", "Made (UTC)", "~Goal"], rows, right=["Version", "Tasks"])


def goals_table(goals: Sequence[Goal]) -> RenderableType:
    """Goals, the refused and failed ones with the code of their error."""
    if not goals:
        return line("No goals here.")
    rows = [
        [
            goal.goal_id,
            goal.status.value,
            str((goal.metadata.get("error") or {}).get("code", "")),
            f"{goal.priority}",
            moment(goal.created_at),
            shortened(goal.goal_text, _TEXT),
        ]
        for goal in goals
    ]
    return table(["Goal", "Status", "Error", "Priority", "Received (UTC)", "~Text"], rows, right=["Priority"])


def history_table(run_id: str, checkpoints: Sequence[CheckpointView]) -> RenderableType:
    """Each checkpoint: the node, what it changed, and what comes next."""
    rows = [
        [
            f"{view.step}",
            view.node,
            "; ".join(f"{name}: {words}" for name, words in view.changed.items()),
            "waits for a person" if view.waits else ", ".join(view.next) or "end",
            f"{view.created_at:%H:%M:%S.%f}"[:-3] if view.created_at else "",
        ]
        for view in checkpoints
    ]
    return group(
        line("Run ", (run_id, "bold")),
        table(["Step", "Node", "~Changed", "~Next", "Saved (UTC)"], rows, right=["Step"]),
    )
