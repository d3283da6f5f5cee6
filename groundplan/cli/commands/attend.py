"""`groundplan attend`: what waits for a person, and saying what became of a task in doubt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundplan.cli.choices import Became
from groundplan.cli.commands.options import AsJson, Limit
from groundplan.cli.output import emit
from groundplan.cli.prefixes import whole_execution
from groundplan.cli.session import with_service

if TYPE_CHECKING:
    from groundplan.service import PlanningService
    from groundplan.service.execution import Attention


def attend(
    which: Annotated[str | None, typer.Argument(metavar="[ID]", help="The plan or run of a task in doubt.")] = None,
    task: Annotated[str | None, typer.Option("--task", metavar="ID", help="The task in doubt.")] = None,
    became: Annotated[Became | None, typer.Option("--became", help="What became of its effect.")] = None,
    output: Annotated[str | None, typer.Option("--output", metavar="JSON", help="The output it had.")] = None,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who says so.")] = "",
    why: Annotated[str, typer.Option("--why", metavar="REASON", help="How it is known.")] = "",
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """List what waits for a person; with --task and --became, say what became of a task in doubt.

    Then `groundplan resume` goes on with the run.
    """
    if which is not None and task is not None and became is not None:
        _settle(which, task, became, _parsed(output), by, why)
    elif which is not None or task is not None or became is not None:
        raise typer.BadParameter("say all three: ID, --task and --became")
    found: Attention = with_service(lambda service: service.attend(limit))
    from groundplan.cli.render.run_views import attention_view

    emit(as_json=as_json, document=lambda: _document(found), view=lambda: attention_view(found))


def _settle(which: str, task: str, became: Became, output: Any, by: str, why: str) -> None:
    if not by:
        raise typer.BadParameter("say who decides: --by NAME")

    async def settled(service: PlanningService) -> None:
        run = await whole_execution(service, which)
        await service.settle_doubt(run.run_id, task, became, by=by, why=why, output=output)

    with_service(settled)


def _parsed(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"--output is no JSON: {error}") from error


def _document(found: Attention) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "approvals": [approval.model_dump(mode="json") for approval in found.approvals],
        "in_doubt": [asdict(task) for task in found.in_doubt],
        "issues": [issue.model_dump(mode="json") for issue in found.issues],
    }
