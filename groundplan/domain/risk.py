"""What can go wrong with a plan, how likely and how bad."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from groundplan.domain.frozen import Frozen
from groundplan.domain.ids import Id, new_id


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
    OPEN = "open"
    MITIGATED = "mitigated"
    ACCEPTED = "accepted"
    OCCURRED = "occurred"
    CLOSED = "closed"


class Risk(Frozen):
    """A risk, with the rule that raised it, what it saw, and what would help.

    `score = probability · impact.weight` (PMI, probability-impact matrix), from 0 to 1.
    """

    risk_id: Id = Field(default_factory=new_id)
    rule: str = ""
    category: RiskCategory
    description: str
    probability: float = Field(ge=0, le=1)
    impact: Impact
    task_ids: list[str] = Field(default_factory=list)
    evidence: str = ""
    mitigations: list[str] = Field(default_factory=list)
    status: RiskStatus = RiskStatus.OPEN

    @property
    def score(self) -> float:
        return self.probability * self.impact.weight

    def over(self, probability: float, impact: Impact) -> bool:
        """Whether the risk is at least this likely and at least this bad."""
        return self.probability >= probability and self.impact.weight >= impact.weight
