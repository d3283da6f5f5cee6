"""When a person has to decide on a plan before it may run."""

from __future__ import annotations

from collections.abc import Sequence

from groundplan.domain.risk import Risk
from groundplan.domain.risk_rules.technical import HOSTILE_INPUT, UNCHECKED_EFFECT
from groundplan.domain.settings import PlannerSettings

_DECIDED_BY_PEOPLE = frozenset({UNCHECKED_EFFECT, HOSTILE_INPUT})
"""The rules whose risks a person decides on however likely they are."""


def approval_reasons(risks: Sequence[Risk], expected_cost: float, settings: PlannerSettings) -> list[str]:
    """Why a person should decide on the plan; empty if it may pass by itself."""
    over = [
        f"{risk.description} (probability {risk.probability:.2f}, impact {risk.impact.value})"
        for risk in risks
        if _needs_a_person(risk, settings)
    ]
    limit = settings.approval_cost_limit
    if limit is not None and expected_cost > limit:
        over.append(f"expected cost {expected_cost:.2f} is over the limit of {limit:.2f}")
    if not over and not settings.auto_approve_low_risk_plans:
        over.append("every plan is decided on by a person")
    return over


def unknown_cost_reasons(unknown: int, *limits: float | None) -> list[str]:
    """Why a person should decide on a plan of whose tasks `unknown` have no known cost, if money is limited at all."""
    given = [limit for limit in limits if limit is not None]
    if not unknown or not given:
        return []
    return [f"the cost of {unknown} task(s) is not known, and the limit is {min(given):.2f}"]


def _needs_a_person(risk: Risk, settings: PlannerSettings) -> bool:
    # How likely harm is was guessed; that nobody looked before what cannot be undone was not.
    least = 0.0 if risk.rule in _DECIDED_BY_PEOPLE else settings.risk_threshold_probability
    return risk.over(least, settings.risk_threshold_impact)
