"""`groundplan replan`: have the rest of a plan planned anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from groundplan.cli.choices import BreakdownName, Strategy
from groundplan.cli.commands.options import App, AsJson, By, PlanId
from groundplan.cli.output import emit
from groundplan.cli.prefixes import whole_plan_id
from groundplan.cli.session import with_service
from groundplan.cli.stored import with_approval

if TYPE_CHECKING:
    from rich.console import RenderableType

    from groundplan.cli.stored import Stored
    from groundplan.service import PlanningService


def replan(
    plan_id: PlanId,
    by: By,
    why: Annotated[str, typer.Option("--why", metavar="REASON", help="What is to change; the model is told.")] = "",
    strategy: Annotated[Strategy | None, typer.Option("--strategy", help="Who thinks: template for rules.")] = None,
    breakdown: Annotated[BreakdownName | None, typer.Option("--breakdown", help="Along which lines.")] = None,
    app: App = None,
    as_json: AsJson = False,
) -> None:
    """Plan the rest of a plan anew; what is finished stays. The runner of a plan that is being run is asked to."""

    async def asked(service: PlanningService) -> tuple[Stored, str | None]:
        whole = await whole_plan_id(service, plan_id)
        answer = await service.replan(whole, by=by, why=why, strategy=strategy, breakdown=breakdown)
        return await with_approval(service, answer.plan), answer.run_id

    stored, run_id = with_service(asked, app=app)
    emit(
        as_json=as_json,
        document=lambda: {"run_id": run_id, "plan": stored.plan.model_dump(mode="json")},
        view=lambda: _view(stored, run_id),
    )


def _view(stored: Stored, run_id: str | None) -> RenderableType | str:
    from groundplan.cli.stored import view_of

    if run_id is None:
        return view_of(stored)
    return f"Run {run_id} was asked to plan the rest of plan {stored.plan.plan_id} anew.\n"
