"""What is wrong with a plan that is being carried out: tasks that are stuck, late, or overspend.

    stuck         under way, and nothing was heard of it (a start, a report, a retry) for longer than
                  max(stuck_factor · pessimistic, stuck_after_seconds)
    late          it, or the plan, is forecast to end later than planned by more than
                  max(late_tolerance · makespan, 1 s)
    overspending  it has cost, or used, more than its pessimistic estimate; without one, more than budget_share of the
                  plan's limit; the plan: its limit is used up, or will be by its estimate at completion
    went_back     less of it was reported than before

A task that only waits, for another one or for a place, is not late itself: what it waits for is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field

from groundplan.domain.baseline import PlannedSpan, planned_spans
from groundplan.domain.earned_value import SECONDS, EarnedValue, start_of
from groundplan.domain.frozen import Frozen, UtcDatetime
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.progress_forecast import LEFT
from groundplan.domain.progress_so_far import SoFar, elapsed
from groundplan.domain.resources import ResourceEstimate
from groundplan.domain.risk import Impact
from groundplan.domain.task import Task

_SHORTEST_GRACE = 1.0
_ROUNDING = 1e-9
_WAITING = (TaskStatus.PENDING, TaskStatus.READY)


class TroubleKind(StrEnum):
    STUCK = "stuck"
    LATE = "late"
    OVERSPENDING = "overspending"
    WENT_BACK = "went_back"


class Trouble(Frozen):
    """One thing that is wrong, with a task or (without `task_id`) with the plan.

    `since` is the moment of the episode that it belongs to, the same however often it is looked at: the last that was
    heard of a stuck task, the planned time of a late one, the attempt that overspends.
    """

    kind: TroubleKind
    task_id: str | None = None
    severity: Impact
    why: str
    since: UtcDatetime


class MonitorSettings(Frozen):
    """From when on something is wrong. Shares are of 1."""

    stuck_factor: float = Field(default=2.0, gt=0)
    stuck_after_seconds: float = Field(default=300.0, ge=0)
    late_tolerance: float = Field(default=0.05, ge=0)
    budget_share: float = Field(default=0.25, gt=0, le=1)


def find_trouble(
    plan: ExecutionPlan,
    progress: Mapping[str, SoFar],
    forecast: Mapping[str, datetime],
    value: EarnedValue,
    now: datetime,
    settings: MonitorSettings | None = None,
    *,
    started: datetime | None = None,
    spans: Mapping[str, PlannedSpan] | None = None,
) -> list[Trouble]:
    """Everything that is wrong, tasks in the plan's order, the plan itself last; nothing before the plan was begun.

    Args:
        progress, forecast: how far each task is and when it will be done, by id.
        value: the plan's earned value.
        started: when the plan was begun; found as `earned_value` finds it.
        spans: the plan's baseline, if it is worked out already.
    """
    begun = start_of(plan, progress, started)
    if begun is None:
        return []
    limits, spans = settings or MonitorSettings(), spans or planned_spans(plan, progress, begun)
    end = max((span.finish for span in spans.values()), default=0.0)
    grace = max(_SHORTEST_GRACE, limits.late_tolerance * end) if end else math.inf  # nothing planned is never late
    has_place = _has_place(plan, progress)
    found: list[Trouble] = []
    for task in plan.tasks:
        state = progress.get(task.task_id, SoFar())
        found += _stuck(task, state, now, limits)
        if state.status is TaskStatus.EXECUTING or (has_place and _could_begin(task, state, progress)):
            found += _late(task, begun, spans[task.task_id], forecast.get(task.task_id), grace, end)
        found += _overspends(task, state, plan, limits)
        found += _went_back(task, state)
    found += _late_plan(plan, begun, forecast, end + grace)
    found += _plan_overspends(plan, progress, value, begun)
    return found


def _stuck(task: Task, state: SoFar, now: datetime, limits: MonitorSettings) -> Iterator[Trouble]:
    if state.status is not TaskStatus.EXECUTING or state.heard_at is None:
        return
    pessimistic = _estimate(task).duration.pessimistic
    quiet, patience = elapsed(state.heard_at, now), max(limits.stuck_factor * pessimistic, limits.stuck_after_seconds)
    if quiet > patience:
        why = f"nothing was heard of it for {_for(quiet)}; it may take {_for(pessimistic)}"
        yield Trouble(kind=TroubleKind.STUCK, task_id=task.task_id, severity=Impact.HIGH, why=why, since=state.heard_at)


def _has_place(plan: ExecutionPlan, progress: Mapping[str, SoFar]) -> bool:
    at_once = plan.schedule.at_once if plan.schedule is not None else None
    running = sum(state.status is TaskStatus.EXECUTING for state in progress.values())
    return at_once is None or running < at_once


def _could_begin(task: Task, state: SoFar, progress: Mapping[str, SoFar]) -> bool:
    """Whether nothing that it waits for is left."""
    return state.status in _WAITING and all(
        progress.get(other, SoFar()).status not in LEFT for other in task.predecessors
    )


def _late(
    task: Task, begun: datetime, span: PlannedSpan, forecast: datetime | None, grace: float, end: float
) -> Iterator[Trouble]:
    if forecast is None:
        return
    behind = elapsed(begun, forecast) - span.latest
    if behind > grace:
        is_critical = span.latest - span.finish <= _ROUNDING * end
        why = f"it is forecast to end {_for(behind)} later than it may" + (", and the plan with it" * is_critical)
        yield Trouble(
            kind=TroubleKind.LATE,
            task_id=task.task_id,
            severity=Impact.HIGH if is_critical else Impact.MEDIUM,
            why=why,
            since=_after(begun, span.latest),
        )


def _late_plan(
    plan: ExecutionPlan, begun: datetime, forecast: Mapping[str, datetime], latest: float
) -> Iterator[Trouble]:
    ends = max(forecast.values(), default=None)
    if ends is None:
        return
    deadline = plan.schedule.deadline if plan.schedule is not None else None
    if deadline is not None and ends > deadline:
        why = f"it is forecast to end {_for(elapsed(deadline, ends))} after the deadline"
        yield Trouble(kind=TroubleKind.LATE, severity=Impact.CRITICAL, why=why, since=deadline)
        return
    buffer = plan.schedule.buffer if plan.schedule is not None else 0.0
    behind = elapsed(begun, ends) - latest - buffer
    if behind > 0:
        why = f"it is forecast to end {_for(behind)} later than planned, buffer included"
        yield Trouble(kind=TroubleKind.LATE, severity=Impact.HIGH, why=why, since=_after(begun, latest))


def _overspends(task: Task, state: SoFar, plan: ExecutionPlan, limits: MonitorSettings) -> Iterator[Trouble]:
    estimate, budget = _estimate(task), plan.resource_budget
    for used, expected, most, unit in (
        (state.cost, estimate.cost.pessimistic, budget.max_cost, estimate.currency),
        (state.tokens, estimate.tokens.pessimistic, budget.max_tokens, "tokens"),
    ):
        bound = expected or (limits.budget_share * most if most else 0.0)
        if bound and used > bound:
            what = "was expected at most" if expected else "is its share of the plan's limit"
            yield Trouble(
                kind=TroubleKind.OVERSPENDING,
                task_id=task.task_id,
                severity=Impact.MEDIUM,
                why=f"it has used {used:.6g} {unit}; {bound:.6g} {what}",
                since=state.started_at or state.heard_at or plan.created_at,
            )
            return


def _plan_overspends(
    plan: ExecutionPlan, progress: Mapping[str, SoFar], value: EarnedValue, begun: datetime
) -> Iterator[Trouble]:
    budget = plan.resource_budget
    cost, tokens = sum(state.cost for state in progress.values()), sum(state.tokens for state in progress.values())
    expected = value.eac if value.unit != SECONDS else cost
    for used, will_be, most, unit in (
        (cost, expected, budget.max_cost, budget.currency),
        (tokens, float(tokens), budget.max_tokens, "tokens"),
    ):
        if most is None or max(used, will_be) <= most:
            continue
        is_over = used > most
        why = (
            f"{used:.6g} {unit} are used, and {most:.6g} is the limit"
            if is_over
            else f"it is on the way to {will_be:.6g} {unit}, and {most:.6g} is the limit"
        )
        severity = Impact.CRITICAL if is_over else Impact.HIGH
        yield Trouble(kind=TroubleKind.OVERSPENDING, severity=severity, why=why, since=begun)
        return


def _went_back(task: Task, state: SoFar) -> Iterator[Trouble]:
    if state.went_back and state.status in LEFT and state.started_at is not None:
        yield Trouble(
            kind=TroubleKind.WENT_BACK,
            task_id=task.task_id,
            severity=Impact.LOW,
            why=f"it was reported to be further than the {state.reported:g} % it is at now",
            since=state.started_at,
        )


def _estimate(task: Task) -> ResourceEstimate:
    return task.resource_estimate or ResourceEstimate()


def _after(begun: datetime, seconds: float) -> datetime:
    return begun + timedelta(seconds=min(seconds, 3.0e9))


def _for(seconds: float) -> str:
    """So long in words, in the largest unit that fits."""
    for unit, name in ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds:.1f} s"
