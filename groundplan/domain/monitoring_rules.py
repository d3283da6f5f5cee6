"""The values that monitoring goes by. Where they come from is the service's business."""

from __future__ import annotations

from pydantic import Field

from groundplan.domain.escalation import EscalationRules
from groundplan.domain.frozen import Frozen
from groundplan.domain.monitoring import MonitorSettings
from groundplan.domain.risk import Impact


class MonitorRules(Frozen):
    """How a run is watched.

    Attributes:
        look_every, replan_every: seconds between two looks, and between two answers that make the rest anew.
        asks: whether a trigger asks the run to plan its rest anew; without it, it is only told.
        spi, cpi: an index below fires; it is armed again at `hysteresis` above.
        risk_probability, risk_impact: a risk that progress has raised, at least this likely and this bad, fires.
    """

    trouble: MonitorSettings = MonitorSettings()
    escalation: EscalationRules = EscalationRules()
    look_every: float = Field(default=600.0, gt=0)
    replan_every: float = Field(default=3600.0, ge=0)
    asks: bool = True
    spi: float = Field(default=0.8, ge=0)
    cpi: float = Field(default=0.8, ge=0)
    hysteresis: float = Field(default=0.1, ge=0)
    risk_probability: float = Field(default=0.7, ge=0, le=1)
    risk_impact: Impact = Impact.HIGH
