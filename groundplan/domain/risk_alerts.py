"""Which risks somebody has to hear of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.risk import Impact, Risk, RiskStatus

UNSETTLED = (RiskStatus.OPEN, RiskStatus.MITIGATED, RiskStatus.OCCURRED)
"""An accepted risk alerts nobody: somebody lives with it. A closed one is over."""
STANDING = (PlanStatus.VALIDATED, PlanStatus.AWAITING_APPROVAL, PlanStatus.EXECUTING, PlanStatus.REPLANNING)
"""The plans that wait, are to be run or are being run."""


@dataclass(frozen=True, slots=True)
class RiskAlert:
    """A risk over the threshold, and the plan that has it."""

    plan_id: str
    version: int
    status: PlanStatus
    risk: Risk


def is_alert(risk: Risk, probability: float, impact: Impact) -> bool:
    """Whether the risk is at least this likely and this bad (or has occurred, and is this bad), and nobody accepted
    it."""
    return risk.status in UNSETTLED and risk.over(probability, impact)


def is_raised(before: Risk | None, after: Risk) -> bool:
    """Whether the risk is new, has occurred, or has become more likely or wider."""
    if before is None or before.status is RiskStatus.CLOSED:
        return not after.status.is_over
    if after.status.is_over:
        return after.status is RiskStatus.OCCURRED and before.status is not RiskStatus.OCCURRED
    return after.probability > before.probability or not set(after.task_ids) <= set(before.task_ids)


def ranked(risks: Iterable[Risk]) -> list[Risk]:
    """What may still come first, the gravest before the others; what is over last."""
    return sorted(risks, key=lambda risk: (risk.status.is_over, -risk.score))
