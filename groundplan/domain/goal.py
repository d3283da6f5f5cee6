"""What somebody wants, in their words, and the limits they set."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from pydantic import Field

from groundplan.domain.frozen import Frozen, UtcDatetime
from groundplan.domain.ids import Id, new_id
from groundplan.domain.lifecycle import GOAL_TRANSITIONS, GoalStatus, check_transition


class GoalType(StrEnum):
    SIMPLE = "simple"
    COMPOUND = "compound"
    RECURSIVE = "recursive"


class DecompositionStrategy(StrEnum):
    """Who breaks the goal down: templates only, the model only, or cache, then templates, then the model."""

    HYBRID = "hybrid"
    LLM = "llm"
    TEMPLATE = "template"


class Breakdown(StrEnum):
    """Along which lines the work is broken down."""

    HYBRID = "hybrid"
    HIERARCHICAL = "hierarchical"
    FUNCTIONAL = "functional"
    TEMPORAL = "temporal"
    RESOURCE_BASED = "resource_based"
    RISK_BASED = "risk_based"


class GoalConstraints(Frozen):
    """Limits on the plan as a whole. Costs are in the currency of the price list (default USD)."""

    deadline: UtcDatetime | None = None
    max_cost: float | None = Field(default=None, ge=0)
    max_tokens: int | None = Field(default=None, ge=0)
    max_parallel: int | None = Field(default=None, ge=1)
    required_tools: list[str] = Field(default_factory=list)
    forbidden_tools: list[str] = Field(default_factory=list)
    required_capabilities: list[str] = Field(default_factory=list)
    forbidden_capabilities: list[str] = Field(default_factory=list)
    success_criteria: list[str] = Field(default_factory=list)
    extra: dict[str, Any] = Field(default_factory=dict)


class Goal(Frozen):
    """A goal in plain language, as an agent asked for it.

    `Goal(goal_text="…")` is enough; `Goal.create(…)` is the same with the time passed in.
    """

    goal_id: Id = Field(default_factory=new_id)
    agent_did: str = Field(default="did:local:user", pattern=r"^did:[a-z0-9]+:.+$", max_length=400)
    goal_text: str
    goal_type: GoalType = GoalType.SIMPLE
    priority: int = Field(default=5, ge=1, le=10)
    constraints: GoalConstraints = Field(default_factory=GoalConstraints)
    decomposition_strategy: DecompositionStrategy = DecompositionStrategy.HYBRID
    breakdown: Breakdown = Breakdown.HYBRID
    status: GoalStatus = GoalStatus.PENDING
    created_at: UtcDatetime = Field(default_factory=lambda: datetime.now(UTC))
    metadata: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def create(cls, *, agent_did: str, goal_text: str, now: datetime | None = None, **fields: Any) -> Self:
        """A goal with a new id and the present time; any other field of the class may be given."""
        if now is not None:
            fields["created_at"] = now
        return cls(agent_did=agent_did, goal_text=goal_text, **fields)

    def to(self, status: GoalStatus) -> Self:
        """This goal with the next status. Raises E5203 for a step that the life cycle does not have."""
        check_transition(f"Goal {self.goal_id!r}", self.status, status, GOAL_TRANSITIONS)
        return self.model_copy(update={"status": status})
