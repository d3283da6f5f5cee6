"""What can go wrong with a plan, how likely and how bad."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

from pydantic import Field

from groundplan.domain.frozen import Frozen
from groundplan.domain.ids import Id, new_id
from groundplan.domain.mitigation.kinds import AnyMitigation, AppliedMitigation, MitigationKind, RiskDecision


class RiskCategory(StrEnum):
    TECHNICAL = "technical"
    RESOURCE = "resource"
    TIMELINE = "timeline"
    INTEGRATION = "integration"
    EXTERNAL = "external"


class Impact(StrEnum):
    """How bad it would be. `weight` is the share of the plan's value at stake, from 0 to 1."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def weight(self) -> float:
        return _WEIGHTS[self]


_WEIGHTS = {Impact.LOW: 0.25, Impact.MEDIUM: 0.5, Impact.HIGH: 0.75, Impact.CRITICAL: 1.0}


class RiskStatus(StrEnum):
    """`mitigated` and `accepted` risks may still occur; `occurred` and `closed` ones are over."""

    OPEN = "open"
    MITIGATED = "mitigated"
    ACCEPTED = "accepted"
    OCCURRED = "occurred"
    CLOSED = "closed"

    @property
    def is_over(self) -> bool:
        """Whether nothing more can come of the risk."""
        return self in (RiskStatus.OCCURRED, RiskStatus.CLOSED)


class Risk(Frozen):
    """A risk, with the rule that raised it, what it saw, and what would help.

    `score = probability · impact.weight` (PMI, probability-impact matrix), from 0 to 1. `planned_probability` is what
    planning said, once progress has moved the probability away from it.
    """

    risk_id: Id = Field(default_factory=new_id)
    rule: str = ""
    category: RiskCategory
    description: str
    probability: float = Field(ge=0, le=1)
    impact: Impact
    task_ids: list[str] = Field(default_factory=list)
    evidence: str = ""
    mitigations: list[AnyMitigation] = Field(default_factory=list)
    status: RiskStatus = RiskStatus.OPEN
    applied: list[AppliedMitigation] = Field(default_factory=list)
    accepted: RiskDecision | None = None
    planned_probability: float | None = Field(default=None, ge=0, le=1)

    @property
    def score(self) -> float:
        return self.probability * self.impact.weight

    def over(self, probability: float, impact: Impact) -> bool:
        """Whether the risk is at least this likely and at least this bad."""
        return self.probability >= probability and self.impact.weight >= impact.weight

    @property
    def edits(self) -> list[MitigationKind]:
        """The kinds of its mitigations that are edits of the plan, in the order of preference."""
        kinds = [one.kind for one in self.mitigations if one.kind is not MitigationKind.ADVICE]
        return list(dict.fromkeys(kinds))


Merge = Callable[[Risk, Risk], Risk]
"""Makes one of a risk as it stands and of what it is to become."""


def replaced(stored: Risk, changed: Risk) -> Risk:  # noqa: ARG001  # a `Merge`
    """The changed risk, whatever stood there."""
    return changed


def with_changed(risks: Sequence[Risk], changed: Iterable[Risk], merge: Merge = replaced) -> list[Risk]:
    """The risks with those in `changed` merged into the same ids, new ones behind them."""
    after = {risk.risk_id: risk for risk in risks}
    for risk in changed:
        known = after.get(risk.risk_id)
        after[risk.risk_id] = risk if known is None else merge(known, risk)
    return list(after.values())
