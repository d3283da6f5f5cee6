"""`groundplan plans`: what plans there are."""

from __future__ import annotations

from typing import Annotated

import typer

from groundplan.cli.choices import PlanState
from groundplan.cli.commands.options import AsJson, Limit
from groundplan.cli.output import emit
from groundplan.cli.session import with_service


def plans(
    status: Annotated[PlanState | None, typer.Option("--status", help="Only those that stand so.")] = None,
    goal_id: Annotated[str | None, typer.Option("--goal", metavar="ID", help="Only those for this goal.")] = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """List plans, the latest first."""
    rows = with_service(lambda service: service.list_plans(goal_id=goal_id, status=status, limit=limit))
    from groundplan.cli.render.lists import plans_table

    emit(as_json=as_json, document=lambda: {"plans": rows}, view=lambda: plans_table(rows))
