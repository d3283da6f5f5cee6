"""The gauges of a run: what the triggers for replanning read, from its progress and its surroundings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from groundplan.domain.monitoring import TroubleKind
from groundplan.domain.monitoring_rules import MonitorRules
from groundplan.domain.progress import PlanProgress
from groundplan.domain.risk import Risk, RiskStatus
from groundplan.domain.triggers import Gauge, Trigger

_DRIFTS = frozenset({TroubleKind.LATE, TroubleKind.OVERSPENDING})
_MOST_NAMED = 3
_UNLIKELY = 1e-6
"""The least threshold: a plan without a risk neither fires at 0 nor stays beyond it."""


def gauges_of(
    progress: PlanProgress,
    rules: MonitorRules,
    *,
    failed: Sequence[str] = (),
    risks: Sequence[Risk] = (),
    available: Collection[str] = (),
    noted: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Gauge]:
    """Every gauge as it stands.

    Args:
        failed: the tasks whose failure nothing has made up for.
        risks: those that progress has changed, as they are now.
        available: agents and tools that are there, by name.
        noted: by trigger, what was noted when it last fired (see `Memory`); under `resources`, those `seen` then.
    """
    return [
        _index(Trigger.SCHEDULE, "SPI", progress.spi, rules.spi, rules),
        _index(Trigger.COST, "CPI", progress.cpi, rules.cpi, rules),
        _failures(failed),
        _risk(risks, rules),
        _resources(available, (noted or {}).get(Trigger.RESOURCES, {})),
        _drift(progress),
    ]


def _index(trigger: Trigger, name: str, value: float | None, low: float, rules: MonitorRules) -> Gauge:
    why = f"{name} is {value:.2f}, below {low:g}" if value is not None else ""
    return Gauge(trigger=trigger, value=value, fires_at=low, rearms_at=low + rules.hysteresis, falls=True, why=why)


def _failures(failed: Sequence[str]) -> Gauge:
    why = f"{len(failed)} tasks failed: {_named(failed)}"
    return Gauge(trigger=Trigger.FAILED_TASK, value=len(failed), fires_at=1, rearms_at=1, why=why)


def _risk(risks: Sequence[Risk], rules: MonitorRules) -> Gauge:
    """The probability of the likeliest risk that is bad enough and that nobody has accepted."""
    worst = max(
        (risk for risk in risks if not _is_settled(risk) and risk.impact.weight >= rules.risk_impact.weight),
        key=lambda risk: risk.probability,
        default=None,
    )
    return Gauge(
        trigger=Trigger.RISK,
        value=worst.probability if worst else 0.0,
        fires_at=max(_UNLIKELY, rules.risk_probability),
        rearms_at=max(_UNLIKELY, rules.risk_probability - rules.hysteresis),
        why=f"the risk {worst.rule or worst.risk_id!r} is at {worst.probability:.2f}" if worst else "",
    )


def _is_settled(risk: Risk) -> bool:
    return risk.status.is_over or risk.status is RiskStatus.ACCEPTED


def _resources(available: Collection[str], noted: Mapping[str, Any]) -> Gauge:
    seen = noted.get("seen")
    new = sorted(set(available) - set(seen)) if isinstance(seen, list) else []
    return Gauge(
        trigger=Trigger.RESOURCES,
        value=len(new),
        fires_at=1,
        rearms_at=1,
        why=f"there is more to work with: {_named(new)}",
        noted={"seen": sorted(available)},
    )


def _drift(progress: PlanProgress) -> Gauge:
    found = [finding for finding in progress.trouble if finding.kind in _DRIFTS]
    kinds = sorted({finding.kind.value for finding in found})
    why = f"{len(found)} findings ({', '.join(kinds)})"
    return Gauge(trigger=Trigger.DRIFT, value=len(found), fires_at=1, rearms_at=1, why=why, repeats=True)


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(map(repr, names[:_MOST_NAMED])) + more
