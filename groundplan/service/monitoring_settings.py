"""The settings of monitoring: what is trouble, when issues are escalated, what makes a run plan its rest anew."""

from __future__ import annotations

from pydantic import AliasChoices, Field, NonNegativeFloat
from pydantic_settings import BaseSettings

from groundplan.domain.escalation import EscalationRules
from groundplan.domain.monitoring import MonitorSettings
from groundplan.domain.monitoring_rules import MonitorRules
from groundplan.domain.risk import Impact

_MINUTE = 60.0


class MonitoringSettings(BaseSettings):
    """A part of `Settings`."""

    enable_continuous_replanning: bool = Field(default=True)
    """Whether a run that drifts from its plan is asked to plan its rest anew; else that is only told."""
    replanning_interval_minutes: float = Field(
        default=60.0,
        gt=0,
        validation_alias=AliasChoices("GROUNDPLAN_REPLANNING_INTERVAL_MINUTES", "PLANNING_REPLANNING_INTERVAL"),
    )
    """From the start, and from one such request to the next."""
    monitoring_interval_minutes: float = Field(default=10.0, gt=0)
    """From one look at a run to the next."""
    spi_threshold: float = Field(default=0.8, ge=0)
    cpi_threshold: float = Field(default=0.8, ge=0)
    trigger_hysteresis: float = Field(default=0.1, ge=0)
    """How far an index has to come back over its threshold before it can fire again."""
    stuck_factor: float = Field(default=2.0, gt=0)
    """A task is stuck that was silent for so many times its pessimistic duration, and for `stuck_after_seconds`."""
    stuck_after_seconds: float = Field(default=300.0, ge=0)
    late_tolerance: float = Field(default=0.05, ge=0)
    """How late a task may be, as a share of the makespan."""
    overspending_share: float = Field(default=0.25, gt=0, le=1)
    """How much of a plan's limit a task without an estimate may use."""
    escalation_hours: dict[Impact, NonNegativeFloat] = Field(
        default_factory=lambda: dict(EscalationRules().hours),
    )
    """How old an open issue may become, by severity."""
    escalation_repeats: int = Field(default=3, ge=2)

    def monitoring(self, *, risk_probability: float, risk_impact: Impact) -> MonitorRules:
        """What a run is watched by."""
        return MonitorRules(
            trouble=MonitorSettings(
                stuck_factor=self.stuck_factor,
                stuck_after_seconds=self.stuck_after_seconds,
                late_tolerance=self.late_tolerance,
                budget_share=self.overspending_share,
            ),
            escalation=EscalationRules(hours=self.escalation_hours, repeated=self.escalation_repeats),
            look_every=self.monitoring_interval_minutes * _MINUTE,
            replan_every=self.replanning_interval_minutes * _MINUTE,
            asks=self.enable_continuous_replanning,
            spi=self.spi_threshold,
            cpi=self.cpi_threshold,
            hysteresis=self.trigger_hysteresis,
            risk_probability=risk_probability,
            risk_impact=risk_impact,
        )
