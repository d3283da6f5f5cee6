"""Who may change what of a risk: progress and people write at the same time, each their own part."""

from __future__ import annotations

from collections.abc import Sequence

from groundplan.domain.risk import Risk, RiskStatus

_OF_PROGRESS = ("description", "probability", "planned_probability", "impact", "task_ids", "evidence")


def by_progress(stored: Risk, seen: Risk) -> Risk:
    """The stored risk as progress has seen it; what people decided meanwhile stays, unless the risk is over or was."""
    if stored.status.is_over:
        return seen
    status = seen.status if seen.status.is_over else stored.status
    return stored.model_copy(update={name: getattr(seen, name) for name in _OF_PROGRESS} | {"status": status})


def by_people(stored: Risk, decided: Risk) -> Risk:
    """The stored risk with what somebody decided on it, unless it is over by now."""
    if stored.status.is_over:
        return stored
    return stored.model_copy(update={"status": decided.status, "accepted": decided.accepted})


def accepted_meanwhile(before: Sequence[Risk], after: Sequence[Risk]) -> list[Risk]:
    """The open risks of a version that somebody has accepted in the version before it, as accepted."""
    accepted = {risk.risk_id: risk for risk in before if risk.status is RiskStatus.ACCEPTED}
    return [
        by_people(risk, accepted[risk.risk_id])
        for risk in after
        if risk.status is RiskStatus.OPEN and risk.risk_id in accepted
    ]
