"""groundplan: from a goal in plain language to a validated, scheduled, signed plan in Postgres.

The names below are the public API. They are imported when they are first used, so that importing groundplan
costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from groundplan.domain.agents import AgentAssignment as AgentAssignment
    from groundplan.domain.agents import AgentCapability as AgentCapability
    from groundplan.domain.agents import assign as assign
    from groundplan.domain.approval import Approval as Approval
    from groundplan.domain.approval import Decision as Decision
    from groundplan.domain.approval import Verdict as Verdict
    from groundplan.domain.context import ContextScope as ContextScope
    from groundplan.domain.context import ExecutionContext as ExecutionContext
    from groundplan.domain.context import inject_context as inject_context
    from groundplan.domain.dependency_graph import DependencyGraph as DependencyGraph
    from groundplan.domain.dependency_graph import resolve as resolve
    from groundplan.domain.errors import ErrorCode as ErrorCode
    from groundplan.domain.errors import PlanningError as PlanningError
    from groundplan.domain.events import Event as Event
    from groundplan.domain.events import EventType as EventType
    from groundplan.domain.findings import Finding as Finding
    from groundplan.domain.findings import ValidationResult as ValidationResult
    from groundplan.domain.goal import Breakdown as Breakdown
    from groundplan.domain.goal import DecompositionStrategy as DecompositionStrategy
    from groundplan.domain.goal import Goal as Goal
    from groundplan.domain.goal import GoalConstraints as GoalConstraints
    from groundplan.domain.goal import GoalType as GoalType
    from groundplan.domain.lifecycle import GoalStatus as GoalStatus
    from groundplan.domain.lifecycle import PlanStatus as PlanStatus
    from groundplan.domain.lifecycle import TaskStatus as TaskStatus
    from groundplan.domain.outline import Outline as Outline
    from groundplan.domain.outline import OutlineStep as OutlineStep
    from groundplan.domain.patch import PlanPatch as PlanPatch
    from groundplan.domain.plan import ExecutionPlan as ExecutionPlan
    from groundplan.domain.plan import PlanMetadata as PlanMetadata
    from groundplan.domain.plan import PlanType as PlanType
    from groundplan.domain.resources import ResourceConstraints as ResourceConstraints
    from groundplan.domain.resources import ResourceEstimate as ResourceEstimate
    from groundplan.domain.resources import ThreePoint as ThreePoint
    from groundplan.domain.results import PlanResult as PlanResult
    from groundplan.domain.results import TaskResult as TaskResult
    from groundplan.domain.risk import Impact as Impact
    from groundplan.domain.risk import Risk as Risk
    from groundplan.domain.risk import RiskCategory as RiskCategory
    from groundplan.domain.runs import CheckpointMode as CheckpointMode
    from groundplan.domain.schedule import Milestone as Milestone
    from groundplan.domain.schedule import Phase as Phase
    from groundplan.domain.schedule import Schedule as Schedule
    from groundplan.domain.steps import ExecutionStep as ExecutionStep
    from groundplan.domain.steps import ReplanRequest as ReplanRequest
    from groundplan.domain.steps import steps_of as steps_of
    from groundplan.domain.task import DependencyKind as DependencyKind
    from groundplan.domain.task import RetryPolicy as RetryPolicy
    from groundplan.domain.task import Task as Task
    from groundplan.domain.task import TaskDependency as TaskDependency
    from groundplan.domain.task import TaskType as TaskType
    from groundplan.domain.tools import ToolSpec as ToolSpec
    from groundplan.domain.validation import validate as validate
    from groundplan.graph.planner import build_planner as build_planner
    from groundplan.service import PlanningService as PlanningService
    from groundplan.service import Settings as Settings
    from groundplan.service import plan_goal as plan_goal
    from groundplan.state import Context as Context
    from groundplan.state import PlannerState as PlannerState

_PUBLIC = {
    "AgentAssignment": "domain.agents",
    "AgentCapability": "domain.agents",
    "Approval": "domain.approval",
    "Breakdown": "domain.goal",
    "CheckpointMode": "domain.runs",
    "Context": "state",
    "ContextScope": "domain.context",
    "Decision": "domain.approval",
    "DecompositionStrategy": "domain.goal",
    "DependencyGraph": "domain.dependency_graph",
    "DependencyKind": "domain.task",
    "ErrorCode": "domain.errors",
    "Event": "domain.events",
    "EventType": "domain.events",
    "ExecutionContext": "domain.context",
    "ExecutionPlan": "domain.plan",
    "ExecutionStep": "domain.steps",
    "Finding": "domain.findings",
    "Goal": "domain.goal",
    "GoalConstraints": "domain.goal",
    "GoalStatus": "domain.lifecycle",
    "GoalType": "domain.goal",
    "Impact": "domain.risk",
    "Milestone": "domain.schedule",
    "Outline": "domain.outline",
    "OutlineStep": "domain.outline",
    "Phase": "domain.schedule",
    "PlanMetadata": "domain.plan",
    "PlanPatch": "domain.patch",
    "PlanResult": "domain.results",
    "PlanStatus": "domain.lifecycle",
    "PlanType": "domain.plan",
    "PlannerState": "state",
    "PlanningError": "domain.errors",
    "PlanningService": "service",
    "ReplanRequest": "domain.steps",
    "ResourceConstraints": "domain.resources",
    "ResourceEstimate": "domain.resources",
    "RetryPolicy": "domain.task",
    "Risk": "domain.risk",
    "RiskCategory": "domain.risk",
    "Schedule": "domain.schedule",
    "Settings": "service",
    "Task": "domain.task",
    "TaskDependency": "domain.task",
    "TaskResult": "domain.results",
    "TaskStatus": "domain.lifecycle",
    "TaskType": "domain.task",
    "ThreePoint": "domain.resources",
    "ToolSpec": "domain.tools",
    "ValidationResult": "domain.findings",
    "Verdict": "domain.approval",
    "assign": "domain.agents",
    "build_planner": "graph.planner",
    "inject_context": "domain.context",
    "plan_goal": "service",
    "resolve": "domain.dependency_graph",
    "steps_of": "domain.steps",
    "validate": "domain.validation",
}

__version__ = "0.1.0"
__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        value = getattr(import_module(f"groundplan.{_PUBLIC[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'groundplan' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
