"""How a plan goes at one moment: every task, every phase, the whole, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from groundplan.domain.baseline import PlannedSpan, planned_spans
from groundplan.domain.earned_value import EarnedValue, earned_by, start_of, unit_of
from groundplan.domain.frozen import Frozen, UtcDatetime
from groundplan.domain.lifecycle import PlanStatus, TaskStatus
from groundplan.domain.monitoring import MonitorSettings, Trouble, find_trouble
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.progress_forecast import forecast_finishes
from groundplan.domain.progress_so_far import SoFar, elapsed, planned_seconds
from groundplan.domain.task import Task


class TaskProgress(Frozen):
    """One task. `percent` is what it has earned, `reported` what was told; planned times are None before the start.

    `seconds`, `tokens` and `cost` are of all attempts so far.
    """

    task_id: str
    name: str
    phase: str = ""
    status: TaskStatus = TaskStatus.PENDING
    percent: float = 0.0
    reported: float | None = None
    attempts: int = 0
    planned_start: UtcDatetime | None = None
    planned_finish: UtcDatetime | None = None
    started_at: UtcDatetime | None = None
    ended_at: UtcDatetime | None = None
    forecast_finish: UtcDatetime | None = None
    planned_seconds: float = 0.0
    seconds: float = 0.0
    tokens: int = 0
    cost: float = 0.0
    spi: float | None = None
    cpi: float | None = None
    findings: list[Trouble] = Field(default_factory=list)


class PhaseProgress(Frozen):
    """A phase of the plan: how much of its budget is earned, and how many of its tasks are done."""

    name: str
    percent: float
    tasks: int
    completed: int
    spi: float | None = None
    cpi: float | None = None


class PlanProgress(Frozen):
    """A plan at the moment `at`. `findings` are those of the plan as a whole; each task has its own.

    `planned_finish` is without the project buffer, `deadline` the goal's.
    """

    plan_id: str
    version: int
    run_id: str | None = None
    status: PlanStatus
    at: UtcDatetime
    started_at: UtcDatetime | None = None
    ended_at: UtcDatetime | None = None
    planned_finish: UtcDatetime | None = None
    forecast_finish: UtcDatetime | None = None
    deadline: UtcDatetime | None = None
    earned_value: EarnedValue = EarnedValue()
    statuses: dict[str, int] = Field(default_factory=dict)
    tasks: list[TaskProgress] = Field(default_factory=list)
    phases: list[PhaseProgress] = Field(default_factory=list)
    findings: list[Trouble] = Field(default_factory=list)

    @property
    def percent(self) -> float:
        """How much is done, 0 to 100: of the budget, or, in a plan without one, of the number of tasks."""
        if self.earned_value.bac > 0:
            return self.earned_value.percent
        counted = [task.percent for task in self.tasks if task.status is not TaskStatus.SKIPPED]
        return sum(counted) / len(counted) if counted else 0.0

    @property
    def spi(self) -> float | None:
        """Schedule performance index of the plan."""
        return self.earned_value.spi

    @property
    def cpi(self) -> float | None:
        """Cost performance index of the plan."""
        return self.earned_value.cpi

    @property
    def trouble(self) -> list[Trouble]:
        """Everything that is wrong, with the plan first."""
        return [*self.findings, *(finding for task in self.tasks for finding in task.findings)]

    def task(self, task_id: str) -> TaskProgress:
        """The task of this id. Raises KeyError."""
        for task in self.tasks:
            if task.task_id == task_id:
                return task
        raise KeyError(task_id)

    def document(self) -> dict[str, Any]:
        """All of it as JSON, the indices included."""
        written = self.model_dump(mode="json")
        return written | {"percent": self.percent, "earned_value": self.earned_value.figures()}


def plan_progress(
    plan: ExecutionPlan,
    progress: Mapping[str, SoFar],
    now: datetime,
    *,
    started: datetime | None = None,
    run_id: str | None = None,
    settings: MonitorSettings | None = None,
) -> PlanProgress:
    """How the plan goes.

    Args:
        progress: how far its tasks are, by id (see `so_far`).
        now: the moment of it; for a plan that has ended, its end is taken instead.
        started: when the plan was begun; found as `earned_value` finds it.
    """
    begun = start_of(plan, progress, started)
    moment = min(now, plan.completed_at) if plan.completed_at and plan.status in _ENDED else now
    spans, unit = planned_spans(plan, progress, begun), unit_of(plan)
    at = elapsed(begun, moment) if begun else 0.0
    value = earned_by(plan.tasks, spans, progress, at, unit)
    forecast = forecast_finishes(plan, progress, moment) if begun and plan.status not in _ENDED else {}
    trouble = find_trouble(plan, progress, forecast, value, moment, settings, started=begun, spans=spans)
    by_task: dict[str, list[Trouble]] = {}
    for finding in trouble:
        by_task.setdefault(finding.task_id or "", []).append(finding)
    tasks = [
        _task(
            task,
            progress.get(task.task_id, SoFar()),
            earned_by([task], spans, progress, at, unit),
            planned_start=_moment(begun, spans[task.task_id].start),
            planned_finish=_moment(begun, spans[task.task_id].finish),
            forecast_finish=forecast.get(task.task_id),
            findings=by_task.get(task.task_id, []),
        )
        for task in plan.tasks
    ]
    return PlanProgress(
        plan_id=plan.plan_id,
        version=plan.version,
        run_id=run_id,
        status=plan.status,
        at=moment,
        started_at=begun,
        ended_at=plan.completed_at if plan.status in _ENDED else None,
        planned_finish=_moment(begun, max((span.finish for span in spans.values()), default=0.0)),
        forecast_finish=max(forecast.values(), default=None),
        deadline=plan.schedule.deadline if plan.schedule is not None else None,
        earned_value=value,
        statuses=dict(Counter(task.status.value for task in tasks)),
        tasks=tasks,
        phases=_phases(plan.tasks, spans, progress, at, unit),
        findings=by_task.get("", []),
    )


_ENDED = frozenset({PlanStatus.COMPLETED, PlanStatus.FAILED, PlanStatus.CANCELLED, PlanStatus.ROLLED_BACK})


def _phases(
    tasks: Sequence[Task], spans: Mapping[str, PlannedSpan], progress: Mapping[str, SoFar], at: float, unit: str
) -> list[PhaseProgress]:
    members: dict[str, list[Task]] = {}
    for task in tasks:
        if task.phase:
            members.setdefault(task.phase, []).append(task)
    found = []
    for name, own in members.items():
        value = earned_by(own, spans, progress, at, unit)
        done = sum(progress.get(task.task_id, SoFar()).status is TaskStatus.COMPLETED for task in own)
        percent = value.percent if value.bac > 0 else 100 * done / len(own)
        found.append(
            PhaseProgress(name=name, percent=percent, tasks=len(own), completed=done, spi=value.spi, cpi=value.cpi)
        )
    return found


def _task(task: Task, state: SoFar, value: EarnedValue, **found: Any) -> TaskProgress:
    return TaskProgress(
        task_id=task.task_id,
        name=task.name,
        phase=task.phase,
        status=state.status,
        percent=state.percent,
        reported=state.reported,
        attempts=state.attempts,
        started_at=state.started_at,
        ended_at=state.ended_at,
        planned_seconds=planned_seconds(task),
        seconds=state.seconds,
        tokens=state.tokens,
        cost=state.cost,
        spi=value.spi,
        cpi=value.cpi,
        **found,
    )


def _moment(begun: datetime | None, seconds: float) -> datetime | None:
    return begun + timedelta(seconds=seconds) if begun and seconds < _FURTHEST else None


_FURTHEST = 3.0e9
"""Seconds: dates do not reach much further."""
