"""Plans, goals and checkpoints as tables: one row each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType

from groundplan.cli.render.plain import short_id, shortened
from groundplan.cli.render.tables import group, line, table
from groundplan.cli.render.times import moment

if TYPE_CHECKING:
    from groundplan.domain.goal import Goal
    from groundplan.domain.runs import PlanningRun
    from groundplan.graph.history import CheckpointView

_TEXT = 120


def plans_table(plans: Sequence[dict[str, Any]]) -> RenderableType:
    """Rows as `PlanningService.list_plans` gives them."""
    if not plans:
        return line("No plans here. Make one: groundplan plan '1. First step 2. Second step'")
    rows = [
        [
            short_id(row["plan_id"]),
            f"{row['version']}",
            row["status"].replace("_", " "),
            f"{row['task_count']}",
            moment(datetime.fromisoformat(row["created_at"])),
            shortened(row["goal_text"], _TEXT),
        ]
        for row in plans
    ]
    return table(["Plan", "Version", "Status", "Tasks", "Made (UTC)", "…Goal"], rows, right=["Version", "Tasks"])


def goals_table(goals: Sequence[Goal]) -> RenderableType:
    """Goals, the refused and failed ones with the code of their error."""
    if not goals:
        return line("No goals here.")
    rows = [
        [
            short_id(goal.goal_id),
            goal.status.value,
            str((goal.metadata.get("error") or {}).get("code", "")),
            f"{goal.priority}",
            moment(goal.created_at),
            shortened(goal.goal_text, _TEXT),
        ]
        for goal in goals
    ]
    return table(["Goal", "Status", "Error", "Priority", "Received (UTC)", "…Text"], rows, right=["Priority"])


def runs_table(runs: Sequence[tuple[PlanningRun, Goal]]) -> RenderableType:
    """Planning runs with the goal of each and how it stands."""
    if not runs:
        return line("No planning runs here.")
    rows = [
        [
            short_id(run.run_id),
            goal.status.value,
            run.mode.value,
            moment(run.created_at),
            shortened(goal.goal_text, _TEXT),
        ]
        for run, goal in runs
    ]
    return table(["Run", "Goal's status", "Mode", "Begun (UTC)", "…Goal"], rows)


def history_table(run_id: str, checkpoints: Sequence[CheckpointView]) -> RenderableType:
    """Each checkpoint: the node, what it changed, and what comes next."""
    rows = [
        [
            f"{view.step}",
            view.node,
            "; ".join(f"{name}: {words}" for name, words in view.changed.items()),
            "waits for a person" if view.waits else ", ".join(view.next).replace("__start__", "begin") or "end",
            f"{view.created_at:%H:%M:%S.%f}"[:-3] if view.created_at else "",
        ]
        for view in checkpoints
    ]
    return group(
        line("Run ", (run_id, "bold")),
        table(["Step", "Node", "~Changed", "~Next", "Saved (UTC)"], rows, right=["Step"]),
    )
