"""`groundplan runs`: the runs of plans."""

from __future__ import annotations

from typing import Annotated

import typer

from groundplan.cli.choices import RunState
from groundplan.cli.commands.options import AsJson, Limit
from groundplan.cli.output import emit
from groundplan.cli.session import with_service


def runs(
    plan_id: Annotated[str | None, typer.Option("--plan", metavar="ID", help="Only those of this plan.")] = None,
    status: Annotated[RunState | None, typer.Option("--status", help="Only those that stand so.")] = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """List runs of plans, the latest first. (Planning runs: groundplan history.)"""
    found = with_service(lambda service: service.list_runs(plan_id=plan_id, status=status, limit=limit))
    from groundplan.cli.render.run_views import executions_table

    emit(
        as_json=as_json,
        document=lambda: {"runs": [run.model_dump(mode="json") for run in found]},
        view=lambda: executions_table(found),
    )
