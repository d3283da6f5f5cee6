"""Keeping what progress makes of a plan's risks, and telling it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from groundplan.domain.events import Event, EventType
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.risk import Risk
from groundplan.domain.risk_alerts import is_alert, is_raised
from groundplan.domain.settings import PlannerSettings
from groundplan.stores.protocols import PlanStore


async def keep_risks(
    store: PlanStore,
    plan: ExecutionPlan,
    changed: Sequence[Risk],
    now: datetime,
    settings: PlannerSettings,
    *,
    run_id: str = "",
) -> None:
    """Store the changed risks of this version of the plan; each that was raised is told by an event `risk.raised`,
    with `alert` if it is over the threshold of the settings. Nothing if nothing changed."""
    if changed:
        await store.change_risks(
            plan.plan_id, plan.version, changed, raised_events(plan, changed, now, settings, run_id=run_id)
        )


def raised_events(
    plan: ExecutionPlan, changed: Sequence[Risk], now: datetime, settings: PlannerSettings, *, run_id: str = ""
) -> list[Event]:
    """An event for each risk that is new, more likely or wider than in the plan's register, or has occurred."""
    known = {risk.risk_id: risk for risk in plan.risks}
    return [
        Event(
            type=EventType.RISK_RAISED,
            at=now,
            goal_id=plan.goal_id,
            plan_id=plan.plan_id,
            run_id=run_id,
            data=_about(risk, settings),
        )
        for risk in changed
        if is_raised(known.get(risk.risk_id), risk)
    ]


def _about(risk: Risk, settings: PlannerSettings) -> dict[str, object]:
    return {
        "risk_id": risk.risk_id,
        "rule": risk.rule,
        "category": risk.category.value,
        "status": risk.status.value,
        "probability": risk.probability,
        "impact": risk.impact.value,
        "alert": is_alert(risk, settings.risk_threshold_probability, settings.risk_threshold_impact),
    }
