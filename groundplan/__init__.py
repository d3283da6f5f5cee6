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
    from groundplan.domain.agents import RoutingStrategy as RoutingStrategy
    from groundplan.domain.agents import assign as assign
    from groundplan.domain.approval import Approval as Approval
    from groundplan.domain.approval import Decision as Decision
    from groundplan.domain.approval import Verdict as Verdict
    from groundplan.domain.calibration import Calibration as Calibration
    from groundplan.domain.context import ContextScope as ContextScope
    from groundplan.domain.context import ExecutionContext as ExecutionContext
    from groundplan.domain.context import inject_context as inject_context
    from groundplan.domain.dependency_graph import DependencyGraph as DependencyGraph
    from groundplan.domain.dependency_graph import resolve as resolve
    from groundplan.domain.earned_value import EarnedValue as EarnedValue
    from groundplan.domain.errors import ErrorCode as ErrorCode
    from groundplan.domain.errors import PlanningError as PlanningError
    from groundplan.domain.evaluation import Evaluation as Evaluation
    from groundplan.domain.events import Event as Event
    from groundplan.domain.events import EventType as EventType
    from groundplan.domain.execution import ExecutionRun as ExecutionRun
    from groundplan.domain.execution import FailurePolicy as FailurePolicy
    from groundplan.domain.execution import RunStatus as RunStatus
    from groundplan.domain.execution import Usage as Usage
    from groundplan.domain.feedback import Actuals as Actuals
    from groundplan.domain.feedback import Feedback as Feedback
    from groundplan.domain.feedback import IssueReport as IssueReport
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
    from groundplan.domain.mitigation.kinds import Mitigation as Mitigation
    from groundplan.domain.mitigation.kinds import MitigationKind as MitigationKind
    from groundplan.domain.outline import Outline as Outline
    from groundplan.domain.outline import OutlineStep as OutlineStep
    from groundplan.domain.patch import PlanPatch as PlanPatch
    from groundplan.domain.plan import ExecutionPlan as ExecutionPlan
    from groundplan.domain.plan import PlanMetadata as PlanMetadata
    from groundplan.domain.plan import PlanType as PlanType
    from groundplan.domain.progress import PlanProgress as PlanProgress
    from groundplan.domain.progress import TaskProgress as TaskProgress
    from groundplan.domain.resources import ResourceConstraints as ResourceConstraints
    from groundplan.domain.resources import ResourceEstimate as ResourceEstimate
    from groundplan.domain.resources import ThreePoint as ThreePoint
    from groundplan.domain.results import PlanResult as PlanResult
    from groundplan.domain.results import TaskResult as TaskResult
    from groundplan.domain.risk import Impact as Impact
    from groundplan.domain.risk import Risk as Risk
    from groundplan.domain.risk import RiskCategory as RiskCategory
    from groundplan.domain.risk import RiskStatus as RiskStatus
    from groundplan.domain.runs import CheckpointMode as CheckpointMode
    from groundplan.domain.schedule import Milestone as Milestone
    from groundplan.domain.schedule import Phase as Phase
    from groundplan.domain.schedule import ResourceProfile as ResourceProfile
    from groundplan.domain.schedule import Schedule as Schedule
    from groundplan.domain.schedule import TaskSlot as TaskSlot
    from groundplan.domain.simulation import Simulation as Simulation
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
    from groundplan.execution.agent_registry import Agent as Agent
    from groundplan.execution.agent_registry import AgentRegistry as AgentRegistry
    from groundplan.execution.executors.current_call import current_call as current_call
    from groundplan.execution.executors.declare import declare as declare
    from groundplan.execution.executors.registry import ExecutorRegistry as ExecutorRegistry
    from groundplan.execution.protocols import Declaration as Declaration
    from groundplan.execution.protocols import Executor as Executor
    from groundplan.execution.protocols import InDoubtError as InDoubtError
    from groundplan.execution.protocols import Produced as Produced
    from groundplan.execution.protocols import Reconciled as Reconciled
    from groundplan.execution.protocols import ReconcileVerdict as ReconcileVerdict
    from groundplan.execution.protocols import TaskCall as TaskCall
    from groundplan.execution.resources.allocation import ResourceKind as ResourceKind
    from groundplan.execution.resources.http_client import HttpResources as HttpResources
    from groundplan.execution.resources.pool import LocalPool as LocalPool
    from groundplan.execution.resources.provider import ResourceProvider as ResourceProvider
    from groundplan.graph.executor import build_executor as build_executor
    from groundplan.graph.planner import build_planner as build_planner
    from groundplan.run_state import RunContext as RunContext
    from groundplan.service import PlanningService as PlanningService
    from groundplan.service import Settings as Settings
    from groundplan.service import plan_goal as plan_goal
    from groundplan.state import Context as Context
    from groundplan.state import PlannerState as PlannerState

_PUBLIC = {
    "Actuals": "domain.feedback",
    "Agent": "execution.agent_registry",
    "AgentAssignment": "domain.agents",
    "AgentCapability": "domain.agents",
    "AgentRegistry": "execution.agent_registry",
    "Approval": "domain.approval",
    "Breakdown": "domain.goal",
    "Calibration": "domain.calibration",
    "CheckpointMode": "domain.runs",
    "Context": "state",
    "ContextScope": "domain.context",
    "Decision": "domain.approval",
    "Declaration": "execution.protocols",
    "DecompositionStrategy": "domain.goal",
    "DependencyGraph": "domain.dependency_graph",
    "DependencyKind": "domain.task",
    "ErrorCode": "domain.errors",
    "Evaluation": "domain.evaluation",
    "EarnedValue": "domain.earned_value",
    "Event": "domain.events",
    "EventType": "domain.events",
    "ExecutionContext": "domain.context",
    "ExecutionPlan": "domain.plan",
    "ExecutionRun": "domain.execution",
    "ExecutionStep": "domain.steps",
    "Executor": "execution.protocols",
    "ExecutorRegistry": "execution.executors.registry",
    "FailurePolicy": "domain.execution",
    "Feedback": "domain.feedback",
    "Finding": "domain.findings",
    "Goal": "domain.goal",
    "GoalConstraints": "domain.goal",
    "GoalStatus": "domain.lifecycle",
    "GoalType": "domain.goal",
    "HttpResources": "execution.resources.http_client",
    "Impact": "domain.risk",
    "InDoubtError": "execution.protocols",
    "IssueReport": "domain.feedback",
    "LocalPool": "execution.resources.pool",
    "Milestone": "domain.schedule",
    "Mitigation": "domain.mitigation.kinds",
    "MitigationKind": "domain.mitigation.kinds",
    "Outline": "domain.outline",
    "OutlineStep": "domain.outline",
    "Phase": "domain.schedule",
    "PlanMetadata": "domain.plan",
    "PlanPatch": "domain.patch",
    "PlanProgress": "domain.progress",
    "PlanResult": "domain.results",
    "PlanStatus": "domain.lifecycle",
    "PlanType": "domain.plan",
    "PlannerState": "state",
    "PlanningError": "domain.errors",
    "PlanningService": "service",
    "Produced": "execution.protocols",
    "ReconcileVerdict": "execution.protocols",
    "Reconciled": "execution.protocols",
    "ReplanRequest": "domain.steps",
    "ResourceConstraints": "domain.resources",
    "ResourceEstimate": "domain.resources",
    "ResourceKind": "execution.resources.allocation",
    "ResourceProfile": "domain.schedule",
    "ResourceProvider": "execution.resources.provider",
    "RetryPolicy": "domain.task",
    "Risk": "domain.risk",
    "RiskCategory": "domain.risk",
    "RiskStatus": "domain.risk",
    "RoutingStrategy": "domain.agents",
    "RunContext": "run_state",
    "RunStatus": "domain.execution",
    "Schedule": "domain.schedule",
    "Simulation": "domain.simulation",
    "Settings": "service",
    "Task": "domain.task",
    "TaskCall": "execution.protocols",
    "TaskDependency": "domain.task",
    "TaskProgress": "domain.progress",
    "TaskResult": "domain.results",
    "TaskSlot": "domain.schedule",
    "TaskStatus": "domain.lifecycle",
    "TaskType": "domain.task",
    "ThreePoint": "domain.resources",
    "ToolSpec": "domain.tools",
    "Usage": "domain.execution",
    "ValidationResult": "domain.findings",
    "Verdict": "domain.approval",
    "assign": "domain.agents",
    "build_executor": "graph.executor",
    "build_planner": "graph.planner",
    "current_call": "execution.executors.current_call",
    "declare": "execution.executors.declare",
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
