"""`groundplan goals`: what was asked for, the refused and failed goals among it."""

from __future__ import annotations

from typing import Annotated

import typer

from groundplan.cli.choices import GoalState
from groundplan.cli.commands.options import AsJson, Limit
from groundplan.cli.output import emit
from groundplan.cli.session import with_service


def goals(
    status: Annotated[GoalState | None, typer.Option("--status", help="Only those that stand so.")] = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """List goals, the latest first."""
    found = with_service(lambda service: service.list_goals(status=status, limit=limit))
    from groundplan.cli.render.lists import goals_table

    emit(
        as_json=as_json,
        document=lambda: {"goals": [goal.model_dump(mode="json") for goal in found]},
        view=lambda: goals_table(found),
    )
