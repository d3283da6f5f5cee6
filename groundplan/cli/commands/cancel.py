"""`groundplan cancel`: stop a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from groundplan.cli.commands.options import App, AsJson, PlanId
from groundplan.cli.output import emit
from groundplan.cli.prefixes import whole_plan_id
from groundplan.cli.session import with_service

if TYPE_CHECKING:
    from groundplan.service import PlanningService


def cancel(
    plan_id: PlanId,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who cancels.")] = "",
    why: Annotated[str, typer.Option("--why", metavar="REASON", help="Why so.")] = "",
    app: App = None,
    as_json: AsJson = False,
) -> None:
    """Cancel a plan: what runs is stopped, what was not begun will not be."""

    async def cancelled(service: PlanningService) -> tuple[str, bool, str]:
        whole = await whole_plan_id(service, plan_id)
        done = await service.cancel_plan(whole, by=by, why=why)
        return whole, done, await _status(service, whole)

    whole, done, status = with_service(cancelled, app=app)
    words = f"Plan {whole} is {status}." if done else f"Plan {whole} was over already: {status}."
    emit(
        as_json=as_json,
        document=lambda: {"plan_id": whole, "cancelled": done, "status": status},
        view=lambda: words + "\n",
    )


async def _status(service: PlanningService, whole: str) -> str:
    """Where the plan stands, or the rerun of this id."""
    from groundplan.domain.errors import ErrorCode, PlanningError

    try:
        return str((await service.get_plan_status(whole))["status"])
    except PlanningError as error:
        if error.code is not ErrorCode.PLAN_NOT_FOUND:
            raise
    return (await service.get_run(whole)).status.value
