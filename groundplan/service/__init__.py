"""The planning service: opening, planning, asking, closing."""

from groundplan.service.planning import PlanningService, StepEvent
from groundplan.service.resources import Resources
from groundplan.service.settings import Settings
from groundplan.service.sync import plan_goal

__all__ = ["PlanningService", "Resources", "Settings", "StepEvent", "plan_goal"]
