"""`groundplan costs`: what there is for tasks to take up and what it costs, and where a plan could cost less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from groundplan.cli.commands.options import AsJson
from groundplan.cli.output import emit
from groundplan.cli.prefixes import whole_plan_id
from groundplan.cli.session import with_service

if TYPE_CHECKING:
    from groundplan.domain.cost_advice import CostAdvice
    from groundplan.execution.resources.allocation import Availability
    from groundplan.service import PlanningService

_Plan = Annotated[
    str | None,
    typer.Argument(metavar="ID", help="A plan: where could it cost less? Without one: resources.", show_default=False),
]


def costs(plan_id: _Plan = None, as_json: AsJson = False) -> None:
    """Show where a plan could cost less; without a plan, what resources there are, free ones and prices."""
    if plan_id is None:
        _resources(as_json=as_json)
        return
    whole, advice = with_service(lambda service: _advice(service, plan_id))
    from groundplan.cli.render.cost_views import advice_table

    emit(
        as_json=as_json,
        document=lambda: {
            "plan_id": whole,
            "advice": [one.model_dump(mode="json") | {"saves": one.saves} for one in advice],
        },
        view=lambda: advice_table(advice),
    )


def _resources(*, as_json: bool) -> None:
    there: Availability = with_service(lambda service: service.get_resources())
    from groundplan.cli.render.cost_views import resources_table

    emit(as_json=as_json, document=lambda: there.model_dump(mode="json"), view=lambda: resources_table(there))


async def _advice(service: PlanningService, plan_id: str) -> tuple[str, list[CostAdvice]]:
    whole = await whole_plan_id(service, plan_id)
    return whole, await service.get_cost_advice(whole)
