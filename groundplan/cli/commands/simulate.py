"""`groundplan simulate`: how a plan may turn out, and which tasks decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from groundplan.cli.commands.options import AsJson, PlanId
from groundplan.cli.deadlines import deadline_option
from groundplan.cli.output import emit
from groundplan.cli.prefixes import whole_plan_id
from groundplan.cli.session import with_service

if TYPE_CHECKING:
    from rich.console import RenderableType

    from groundplan.domain.plan import ExecutionPlan
    from groundplan.domain.simulation import Simulation
    from groundplan.service import PlanningService


def simulate(
    plan_id: PlanId,
    samples: Annotated[int, typer.Option("--samples", metavar="N", min=1, max=1_000_000, help="How often.")] = 10_000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="The same seed draws the same.")] = 0,
    deadline: Annotated[
        str | None, typer.Option("--deadline", metavar="WHEN", help="Instead of the goal's: 2026-12-24, +3h, +2d.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Simulate what is left of a plan: when it is done (P50, P80, P95), at which cost, and which tasks decide."""
    until = deadline_option(deadline)

    async def found(service: PlanningService) -> tuple[ExecutionPlan, Simulation]:
        whole = await whole_plan_id(service, plan_id)
        simulation = await service.simulate(whole, samples=samples, seed=seed, deadline=until)
        return await service.get_plan(whole), simulation

    plan, simulation = with_service(found)
    emit(
        as_json=as_json,
        document=lambda: simulation.model_dump(mode="json"),
        view=lambda: _view(plan, simulation),
    )


def _view(plan: ExecutionPlan, simulation: Simulation) -> RenderableType:
    from groundplan.cli.render.simulation_view import simulation_view

    return simulation_view(plan, simulation)
