"""`groundplan view`: all that a run has recorded, without doing any of it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from groundplan.cli.commands.options import AnyRun, AsJson
from groundplan.cli.output import emit
from groundplan.cli.places import whole_id_of_any
from groundplan.cli.session import with_service

if TYPE_CHECKING:
    from groundplan.graph.views import RunView
    from groundplan.service import PlanningService


def view(
    run: AnyRun,
    at: Annotated[
        str | None, typer.Option("--at", metavar="PLACE", help="A checkpoint (id, step) or a ledger line's number.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a run recorded: states, prompts, answers, arguments, outputs.

    Nothing is run or asked. With --json one document with its SHA-256, the same every time.
    """

    async def looked_up(service: PlanningService) -> RunView:
        return await service.view(await whole_id_of_any(service, run), at)

    found = with_service(looked_up)
    from groundplan.cli.render.history_views import recorded_view

    emit(
        as_json=as_json,
        document=lambda: {"sha256": found.sha256, **found.document},
        view=lambda: recorded_view(found),
    )
