"""The values that planning goes by. Where they come from (environment, files) is the service's business."""

from __future__ import annotations

from pydantic import Field, NonNegativeFloat

from groundplan.domain.frozen import Frozen
from groundplan.domain.resources import Amount, ResourceName
from groundplan.domain.risk import Impact
from groundplan.domain.sanitizer import Policy


class ModelLimits(Frozen):
    """Bounds on asking a model for one plan.

    `timeout_seconds` bounds one call, `max_calls` and `max_tokens` (in and out) all calls of one run,
    `num_predict` the tokens of one answer, `max_depth` how often a compound task is broken down again.
    """

    timeout_seconds: float = Field(default=120.0, gt=0)
    max_calls: int = Field(default=8, ge=1)
    max_tokens: int = Field(default=60_000, ge=1)
    num_predict: int = Field(default=1_600, ge=64)
    temperature: float = Field(default=0.2, ge=0, le=2)
    max_depth: int = Field(default=2, ge=0, le=5)
    max_steps: int = Field(default=30, ge=1)


class PlannerSettings(Frozen):
    """How plans are made and when they need a person. Names as in the reference of settings."""

    sanitizer_policy: Policy = Policy.STANDARD
    max_tasks: int = Field(default=10_000, ge=1)
    max_repairs: int = Field(default=2, ge=0)
    max_concurrent_tasks: int = Field(default=10, ge=1)
    default_task_timeout_hours: float = Field(default=8.0, gt=0)
    risk_threshold_probability: float = Field(default=0.7, ge=0, le=1)
    risk_threshold_impact: Impact = Impact.HIGH
    token_prices: dict[str, NonNegativeFloat] = Field(default_factory=lambda: {"ollama:": 0.0})
    identify_risks: bool = False
    approval_cost_limit: float | None = Field(default=None, ge=0)
    auto_approve_low_risk_plans: bool = True
    resource_buffer_percentage: float = Field(default=0.1, ge=0, le=10)
    planning_horizon_days: float = Field(default=30.0, gt=0)
    resource_limits: dict[ResourceName, Amount] = Field(default_factory=dict)
    schedule_seconds: float = Field(default=0.0, ge=0)
    schedule_optimize: bool = False
    cache_ttl_seconds: float = Field(default=3600.0, ge=0)
    model: ModelLimits = Field(default_factory=ModelLimits)
