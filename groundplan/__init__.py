"""groundplan: from a goal in plain language to a validated, scheduled, signed plan in Postgres.

The names below are the public API. They are imported when they are first used, so that importing groundplan
costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

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
