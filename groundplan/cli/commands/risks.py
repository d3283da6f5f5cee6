"""`groundplan risks`: what can go wrong with a plan, or the alerts of all plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundplan.cli.commands.options import AsJson, Limit
from groundplan.cli.output import emit
from groundplan.cli.prefixes import whole_plan_id
from groundplan.cli.session import with_service

if TYPE_CHECKING:
    from groundplan.domain.plan import ExecutionPlan
    from groundplan.domain.risk import Risk
    from groundplan.domain.risk_alerts import RiskAlert
    from groundplan.service import PlanningService


def risks(
    plan_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="The plan; else the alerts of all.")] = None,
    alerts: Annotated[
        bool, typer.Option("--alerts", help="Only those over the threshold that nobody accepted.")
    ] = False,
    look: Annotated[bool, typer.Option("--reassess", help="Look at them in the light of the run first.")] = False,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """Show a plan's risks with what was seen and what helps; without an ID, the risks of all plans that alert."""
    if plan_id is None:
        if look:
            raise typer.BadParameter("say which plan to look at: risks ID --reassess")
        _all_alerts(limit, as_json=as_json)
        return

    async def fetched(service: PlanningService) -> tuple[ExecutionPlan, list[Risk]]:
        whole = await whole_plan_id(service, plan_id)
        if look:
            await service.reassess_risks(whole)
        return await service.get_plan(whole), await service.risks(whole, alerts=alerts)

    plan, found = with_service(fetched)
    from groundplan.cli.render.risk_views import risks_view

    emit(
        as_json=as_json,
        document=lambda: {"plan_id": plan.plan_id, "version": plan.version, "risks": [_document(one) for one in found]},
        view=lambda: risks_view(plan, found),
    )


def _all_alerts(limit: int, *, as_json: bool) -> None:
    async def fetched(service: PlanningService) -> list[RiskAlert]:
        return await service.risk_alerts(limit)

    found = with_service(fetched)
    from groundplan.cli.render.risk_views import alerts_table

    emit(
        as_json=as_json,
        document=lambda: {"alerts": [_alert(one) for one in found]},
        view=lambda: alerts_table(found),
    )


def _document(risk: Risk) -> dict[str, Any]:
    return risk.model_dump(mode="json") | {"score": round(risk.score, 4)}


def _alert(alert: RiskAlert) -> dict[str, Any]:
    about = {"plan_id": alert.plan_id, "version": alert.version, "status": alert.status.value}
    return about | {"risk": _document(alert.risk)}
