"""Earned value: what was to be done by now, what was done, and what that took, in one unit.

    PV   planned value     Σ budget · share of the task that was to be done by now
    EV   earned value      Σ budget · percent done
    AC   actual cost       what the work so far has taken
    BAC  budget at completion    Σ budget

    SV = EV - PV    schedule variance        SPI = EV / PV    schedule performance index
    CV = EV - AC    cost variance            CPI = EV / AC    cost performance index
    EAC = BAC / CPI    estimate at completion       ETC = EAC - AC    estimate to complete
    VAC = BAC - EAC    variance at completion       TCPI = (BAC - EV) / (BAC - AC)    to-complete performance index

PMI, A Guide to the Project Management Body of Knowledge, and its Practice Standard for Earned Value Management. An
index with nothing below the line is None, never infinite. While nothing is earned or nothing was spent, there is no CPI
to go by, and the rest is taken to go as planned: EAC = AC + BAC - EV.

The unit is money if every task has a cost, else seconds of planned work, as a task without a price would earn nothing.
A task that was skipped is no longer in the plan's scope: it counts for nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import accumulate, zip_longest

from pydantic import Field

from groundplan.domain.baseline import PlannedSpan, planned_spans
from groundplan.domain.frozen import Frozen
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.progress_so_far import SoFar, elapsed, planned_seconds
from groundplan.domain.task import Task

SECONDS = "seconds"
"""The unit of work that has no price."""
_NOT_BEGUN = SoFar()


class EarnedValue(Frozen):
    """Earned value of a plan, or of some of its tasks, at one moment; see the formulas above.

    All values are in `unit`: a currency such as `USD`, or `seconds` of work.
    """

    unit: str = SECONDS
    bac: float = 0.0
    pv: float = 0.0
    ev: float = 0.0
    ac: float = 0.0

    @property
    def sv(self) -> float:
        """Schedule variance; below zero is behind."""
        return self.ev - self.pv

    @property
    def cv(self) -> float:
        """Cost variance; below zero is over."""
        return self.ev - self.ac

    @property
    def spi(self) -> float | None:
        """Schedule performance index; below 1 is behind, None before anything was to be done."""
        return _ratio(self.ev, self.pv)

    @property
    def cpi(self) -> float | None:
        """Cost performance index; below 1 is over, None before anything was spent."""
        return _ratio(self.ev, self.ac)

    @property
    def eac(self) -> float:
        """Estimate at completion."""
        rate = self.cpi
        expected = _ratio(self.bac, rate) if rate else None
        return self.ac + max(0.0, self.bac - self.ev) if expected is None else expected

    @property
    def etc(self) -> float:
        """Estimate to complete."""
        return max(0.0, self.eac - self.ac)

    @property
    def vac(self) -> float:
        """Variance at completion; below zero is over."""
        return self.bac - self.eac

    @property
    def tcpi(self) -> float | None:
        """The CPI that the rest needs for the budget to hold; None once the budget is spent."""
        return _ratio(self.bac - self.ev, self.bac - self.ac)

    @property
    def percent(self) -> float:
        """How much of the budget is earned, 0 to 100."""
        return min(100.0, 100 * (_ratio(self.ev, self.bac) or 0.0))

    def figures(self) -> dict[str, float | str | None]:
        """All of it, by name, as JSON."""
        names = ("bac", "pv", "ev", "ac", "sv", "cv", "spi", "cpi", "eac", "etc", "vac", "tcpi", "percent")
        return {"unit": self.unit} | {name: getattr(self, name) for name in names}


class CurvePoint(Frozen):
    """The plan at one moment, `at` seconds after its start; `earned` and `actual` are None for what is to come."""

    at: float
    planned: float
    earned: float | None = None
    actual: float | None = None


class Curves(Frozen):
    """The S-curves of a plan: planned, earned and actual over time, in `unit`."""

    unit: str = SECONDS
    bac: float = 0.0
    now: float = Field(default=0.0, description="seconds since the plan started")
    points: list[CurvePoint] = Field(default_factory=list)


def earned_value(
    plan: ExecutionPlan,
    progress: Mapping[str, SoFar],
    now: datetime,
    *,
    started: datetime | None = None,
    unit: str | None = None,
) -> EarnedValue:
    """Earned value of the whole plan.

    Args:
        progress: how far its tasks are, by id (see `so_far`); one that is not there was not begun.
        started: when the plan was begun; by default as the plan says, else when its first task was.
        unit: `seconds`, or the plan's currency; by default money where every task has a cost.
    """
    spans = planned_spans(plan, progress, start_of(plan, progress, started))
    return earned_by(plan.tasks, spans, progress, _since_start(plan, progress, now, started), unit or unit_of(plan))


def earned_by(
    tasks: Sequence[Task], spans: Mapping[str, PlannedSpan], progress: Mapping[str, SoFar], at: float, unit: str
) -> EarnedValue:
    """Earned value of these tasks, `at` seconds after the plan's start."""
    bac = pv = ev = ac = 0.0
    for task in tasks:
        state = progress.get(task.task_id, _NOT_BEGUN)
        ac += _actual(state, unit)
        if state.status is TaskStatus.SKIPPED:
            continue
        budget = budget_of(task, unit)
        bac += budget
        pv += budget * spans[task.task_id].share_done(at)
        ev += budget * state.percent / 100
    return EarnedValue(unit=unit, bac=bac, pv=pv, ev=ev, ac=ac)


def curves(
    plan: ExecutionPlan,
    progress: Mapping[str, SoFar],
    now: datetime,
    *,
    started: datetime | None = None,
    unit: str | None = None,
    points: int = 60,
) -> Curves:
    """Planned, earned and actual over time, at `points` moments from the start to the planned end, or now if later.

    What a task has earned and taken is spread evenly over the time that it ran. Arguments as for `earned_value`.
    """
    chosen, begun = unit or unit_of(plan), start_of(plan, progress, started)
    spans, today = planned_spans(plan, progress, begun), _since_start(plan, progress, now, started)
    end = max([today, *(span.finish for span in spans.values())])
    grid = sorted({today, *(end * number / max(1, points - 1) for number in range(points))})
    counted = [task for task in plan.tasks if progress.get(task.task_id, _NOT_BEGUN).status is not TaskStatus.SKIPPED]
    ran = {task_id: _ran(state, begun, today) for task_id, state in progress.items() if _is_begun(state)}
    budgets = {task.task_id: budget_of(task, chosen) for task in counted}
    past = [at for at in grid if at <= today]
    planned = _added_up(((spans[task_id], budget) for task_id, budget in budgets.items()), grid)
    earned = _added_up(
        (
            (ran[task.task_id], budgets[task.task_id] * progress[task.task_id].percent / 100)
            for task in counted
            if task.task_id in ran
        ),
        past,
    )
    actual = _added_up(((span, _actual(progress[task_id], chosen)) for task_id, span in ran.items()), past)
    drawn = [
        CurvePoint(at=at, planned=value, earned=done, actual=spent)
        for at, value, done, spent in zip_longest(grid, planned, earned, actual)
    ]
    return Curves(unit=chosen, bac=sum(budgets.values()), now=today, points=drawn)


def unit_of(plan: ExecutionPlan) -> str:
    """The plan's currency if each of its tasks has a cost (or takes no time), else `seconds`."""
    priced = [task for task in plan.tasks if budget_of(task, "") > 0]
    unpriced = [task for task in plan.tasks if not budget_of(task, "") and planned_seconds(task) > 0]
    return plan.resource_budget.currency if priced and not unpriced else SECONDS


def budget_of(task: Task, unit: str) -> float:
    """The task's share of the budget: its mean cost, or its mean duration in seconds."""
    if unit == SECONDS:
        return planned_seconds(task)
    return task.resource_estimate.cost.mean if task.resource_estimate else 0.0


def start_of(plan: ExecutionPlan, progress: Mapping[str, SoFar], started: datetime | None = None) -> datetime | None:
    """When the plan was begun; None if it was not."""
    known = started or plan.execution_started_at
    begun = [state.started_at for state in progress.values() if state.started_at is not None]
    return known or min(begun, default=None)


def _since_start(plan: ExecutionPlan, progress: Mapping[str, SoFar], now: datetime, started: datetime | None) -> float:
    begun = start_of(plan, progress, started)
    return elapsed(begun, now) if begun else 0.0


def _actual(state: SoFar, unit: str) -> float:
    return state.seconds if unit == SECONDS else state.cost


def _is_begun(state: SoFar) -> bool:
    return bool(state.started_at or state.ended_at or state.percent or state.seconds or state.cost)


def _ran(state: SoFar, begun: datetime | None, today: float) -> PlannedSpan:
    if begun is None:
        return PlannedSpan(0.0, 0.0, 0.0)
    end = elapsed(begun, state.ended_at) if state.ended_at else today
    start = elapsed(begun, state.started_at) if state.started_at else max(0.0, end - state.seconds)
    return PlannedSpan(min(start, end), end, end)


def _added_up(amounts: Iterable[tuple[PlannedSpan, float]], grid: Sequence[float]) -> list[float]:
    """At each moment of the grid, the sum of the amounts, each spread evenly over its span."""
    over, under_way = [0.0] * (len(grid) + 1), [0.0] * len(grid)
    for span, amount in amounts:
        begins, ends = bisect_right(grid, span.start), bisect_left(grid, span.finish)
        for place in range(begins, ends):
            under_way[place] += amount * span.share_done(grid[place])
        over[ends] += amount
    return [whole + part for whole, part in zip(accumulate(over), under_way, strict=False)]


def _ratio(above: float, below: float) -> float | None:
    """The quotient; None where it is not there or too large for a float."""
    if below <= 0:
        return None
    quotient = above / below
    return quotient if quotient < float("inf") else None
