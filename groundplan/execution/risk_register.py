"""Keeping what progress makes of a plan's risks, and telling it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from groundplan.domain.events import Event, EventType
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.risk import Risk
from groundplan.domain.risk_alerts import is_alert, is_raised
from groundplan.domain.risk_writers import by_progress
from groundplan.domain.settings import PlannerSettings
from groundplan.stores.protocols import PlanStore


class RiskRegister:
    """The risks of plans as they stand in the store, for whoever watches a run."""

    def __init__(self, store: PlanStore, settings: PlannerSettings) -> None:
        self._store = store
        self._settings = settings

    async def current(self, plan: ExecutionPlan) -> ExecutionPlan:
        """The plan with its risks as they are now: what people accept meanwhile counts."""
        stored = await self._store.get_plan(plan.plan_id, plan.version)
        return plan.model_copy(update={"risks": stored.risks})

    async def keep(self, plan: ExecutionPlan, changed: Sequence[Risk], now: datetime, run_id: str) -> None:
        """See `keep_risks`."""
        await keep_risks(self._store, plan, changed, now, self._settings, run_id=run_id)


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
    with `alert` if it is over the threshold of the settings. What people decided meanwhile stays. Nothing if nothing
    changed."""
    if changed:
        await store.change_risks(
            plan.plan_id,
            plan.version,
            changed,
            raised_events(plan, changed, now, settings, run_id=run_id),
            merge=by_progress,
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
