"""A report, put together from a plan and what is known of its runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from groundplan.domain.approval import Approval
from groundplan.domain.earned_value import curves, earned_value, start_of
from groundplan.domain.feedback import Issue
from groundplan.domain.goal import Goal
from groundplan.domain.ledger import LedgerEntry, TaskState, fold
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.progress_forecast import forecast_finishes
from groundplan.domain.progress_so_far import SoFar, TaskReport, so_far
from groundplan.domain.risk_alerts import ranked
from groundplan.domain.schedule import Schedule
from groundplan.domain.simulation import Simulation
from groundplan.domain.task import Task
from groundplan.report.report import Report, TaskLine, Timing, VersionLine
from groundplan.report.waiting import waiting_for

_MANY = 2_000
_POINTS, _POINTS_OF_MANY = 60, 24
"""Moments at which the burn-up is worked out: a plan of many tasks takes its time at each."""


@dataclass(frozen=True)
class Known:
    """What is known beside the plan: its goal, the ledger of its latest run, and whatever else is to be told.

    `reports` is the latest that was told of each task, `approval` the latest request for one; the other lists go into
    the report as they are.
    """

    goal: Goal | None = None
    entries: Sequence[LedgerEntry] = ()
    reports: Sequence[TaskReport] = ()
    simulation: Simulation | None = None
    approval: Approval | None = None
    issues: Sequence[Issue] = ()
    versions: Sequence[VersionLine] = ()
    recommendations: Sequence[str] = ()


_NOTHING = Known()


def report_on(plan: ExecutionPlan, *, made_at: datetime, known: Known = _NOTHING) -> Report:
    """How the plan stands at `made_at`, as far as plan and `known` say."""
    schedule, progress = plan.schedule or Schedule(), so_far(plan, known.entries, known.reports, made_at)
    lines = _lines(plan, schedule, progress, fold(known.entries))
    begun = start_of(plan, progress)
    until = plan.completed_at or made_at
    points = _POINTS if len(lines) <= _MANY else _POINTS_OF_MANY
    return Report(
        made_at=made_at,
        plan_id=plan.plan_id,
        goal_id=plan.goal_id,
        version=plan.version,
        status=plan.status,
        goal_text=plan.goal_text,
        agent_did=plan.agent_did,
        priority=known.goal.priority if known.goal else None,
        success_criteria=known.goal.constraints.success_criteria if known.goal else [],
        start=begun or _planned_start(plan, schedule),
        is_begun=begun is not None,
        ended_at=plan.completed_at,
        tasks=lines,
        timing=_timing(schedule, {line.task_id: line.number for line in lines}),
        phases=schedule.phases,
        milestones=schedule.milestones,
        resources=schedule.resources,
        risks=ranked(plan.risks),
        budget=plan.resource_budget,
        cost=sum(state.cost for state in progress.values()),
        tokens=sum(state.tokens for state in progress.values()),
        earned=earned_value(plan, progress, until) if begun and (known.entries or known.reports) else None,
        curves=curves(plan, progress, until, points=points),
        forecast_finish=_forecast(plan, progress, made_at) if begun else None,
        simulation=known.simulation,
        issues=list(known.issues),
        versions=list(known.versions),
        waiting=waiting_for(plan, lines, known.issues, known.approval),
        recommendations=list(known.recommendations),
        warnings=plan.metadata.warnings,
    )


def _lines(
    plan: ExecutionPlan, schedule: Schedule, progress: Mapping[str, SoFar], states: Mapping[str, TaskState]
) -> list[TaskLine]:
    numbers = {task.task_id: number for number, task in enumerate(plan.tasks, start=1)}
    phases = {task_id: phase.name for phase in schedule.phases for task_id in phase.task_ids}
    critical = frozenset(schedule.critical_path)
    return [
        TaskLine(
            number=number,
            task_id=task.task_id,
            name=task.name,
            phase=task.phase or phases.get(task.task_id, ""),
            after=sorted(numbers[other] for other in task.predecessors if other in numbers),
            tool=task.tool or "",
            is_critical=task.task_id in critical,
            is_optional=task.optional,
            is_irreversible=task.irreversible,
            expected_cost=task.resource_estimate.cost.mean if task.resource_estimate else 0.0,
            **_planned(task, schedule),
            **_stands(task, progress[task.task_id], states.get(task.task_id)),
        )
        for number, task in enumerate(plan.tasks, start=1)
    ]


def _forecast(plan: ExecutionPlan, progress: Mapping[str, SoFar], now: datetime) -> datetime | None:
    """When the last task that is left will be done; None if none is left, or the plan is over."""
    return None if plan.completed_at else max(forecast_finishes(plan, progress, now).values(), default=None)


def _planned(task: Task, schedule: Schedule) -> dict[str, Any]:
    window = schedule.windows.get(task.task_id)
    if window is None:
        return {}
    slot = schedule.slot(task.task_id)
    return {"planned": (slot.start, slot.finish), "slack": window.total_slack}


def _stands(task: Task, progress: SoFar, state: TaskState | None) -> dict[str, Any]:
    """What became of the task: by the ledger, or by the plan itself if no run has told anything of it."""
    agent = task.assigned_agent or ""
    if state is None:
        done = 100.0 if task.status is TaskStatus.COMPLETED else progress.percent
        return {
            "status": task.status,
            "percent": done,
            "agent": agent,
            "started_at": task.started_at,
            "ended_at": task.completed_at,
            "trouble": _trouble(task.error),
        }
    return {
        "status": state.status,
        "percent": progress.percent,
        "agent": state.agent or agent,
        "started_at": state.started_at,
        "ended_at": state.ended_at,
        "cost": progress.cost,
        "tokens": progress.tokens,
        "trouble": _trouble(state.error),
    }


def _trouble(error: Mapping[str, object] | None) -> str:
    return str(error.get("message") or error.get("code") or "") if error else ""


def _planned_start(plan: ExecutionPlan, schedule: Schedule) -> datetime:
    """The start from which the schedule has counted: its deadline less all that lies before it."""
    if schedule.deadline is None or schedule.deadline_slack is None:
        return plan.created_at
    try:
        return schedule.deadline - timedelta(seconds=schedule.finish + schedule.deadline_slack)
    except OverflowError:
        return plan.created_at


def _timing(schedule: Schedule, numbers: Mapping[str, int]) -> Timing:
    return Timing(
        makespan=schedule.makespan,
        buffer=schedule.buffer,
        lower_bound=schedule.lower_bound,
        is_proven_optimal=schedule.proven_optimal,
        method=schedule.method,
        deadline=schedule.deadline,
        deadline_slack=schedule.deadline_slack,
        critical_path=[numbers[task_id] for task_id in schedule.critical_path if task_id in numbers],
    )
