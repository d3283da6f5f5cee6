"""What progress says of a plan's risks: which have occurred, which are over, which have become more likely.

    p(t) = 1 - (1 - p) · index      an index (SPI for time, CPI for money) below 1 raises what it bears on

Always from the probability that planning gave, so that looking twice changes nothing, and an index that recovers takes
its raise back. SPI and CPI are those of earned value (PMI, Practice Standard for Earned Value Management).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from groundplan.domain.frozen import as_utc
from groundplan.domain.ledger import TaskState
from groundplan.domain.lifecycle import PlanStatus, TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.risk import Impact, Risk, RiskCategory, RiskStatus
from groundplan.domain.risk_ids import risk_id_of

SLACK_USED_UP = "slack-used-up"
BEHIND_SCHEDULE = "behind-schedule"
OVER_COST = "over-cost"
_DEADLINE, _BUDGET = "deadline", "budget"
_LAGGING = 0.9
"""An index below this is a risk of its own."""
_NOTICED = 0.01
"""Smaller changes of a probability are not worth an event."""
_FINISHED = frozenset({TaskStatus.COMPLETED, TaskStatus.SKIPPED, TaskStatus.CANCELLED, TaskStatus.COMPENSATED})
_ENDED = frozenset({PlanStatus.COMPLETED, PlanStatus.CANCELLED, PlanStatus.ROLLED_BACK})
_OCCURS_BY_FAILURE = frozenset({"outside-dependency", "untested-tool", "unknown-tool", "fan-in"})
"""The rules that say no more than that a task may fail: any other harm has not happened because one has."""


@dataclass(frozen=True)
class _Progress:
    plan: ExecutionPlan
    states: Mapping[str, TaskState]
    now: datetime
    spi: float | None
    cpi: float | None

    def status(self, task_id: str) -> TaskStatus:
        state = self.states.get(task_id)
        return state.status if state else TaskStatus.PENDING

    @property
    def elapsed(self) -> float | None:
        """Seconds since the plan was begun."""
        begun = self.plan.execution_started_at
        return (as_utc(self.now) - begun).total_seconds() if begun else None

    @property
    def is_over(self) -> bool:
        return self.plan.status in _ENDED or all(self.status(task.task_id) in _FINISHED for task in self.plan.tasks)


def reassess(
    plan: ExecutionPlan,
    states: Mapping[str, TaskState],
    now: datetime,
    *,
    spi: float | None = None,
    cpi: float | None = None,
) -> list[Risk]:
    """The risks that are no longer what the plan's register says, as they are now; new ones among them.

    Args:
        states: what the ledger says of the tasks, by id.
        spi: schedule performance index, earned over planned value; None if not known.
        cpi: cost performance index, earned value over actual cost; None if not known.
    """
    progress = _Progress(plan, states, now, spi, cpi)
    known = {risk.risk_id: risk for risk in plan.risks}
    after = {risk.risk_id: _now(risk, progress) for risk in plan.risks}
    for raised in _raised(progress):
        before = known.get(raised.risk_id)
        if before is None:
            after[raised.risk_id] = raised
        elif before.status is not RiskStatus.OCCURRED:
            after[raised.risk_id] = _again(before, raised)
    return [risk for risk_id, risk in after.items() if _differs(known.get(risk_id), risk)]


def moved_by_progress(risks: Sequence[Risk]) -> list[Risk]:
    """Those of the risks that are more likely than planned, or that only progress shows."""
    return [
        risk
        for risk in risks
        if risk.rule in _OF_PROGRESS
        or (
            risk.rule not in _OCCURS_BY_FAILURE  # what has failed is told as such
            and risk.planned_probability is not None
            and risk.probability > risk.planned_probability
        )
    ]


def _now(risk: Risk, progress: _Progress) -> Risk:
    if risk.status is RiskStatus.OCCURRED and _is_tried_again(risk, progress):
        return _reopened(risk)
    if risk.status.is_over:
        return risk
    if risk.rule in _OF_PROGRESS:  # whether it still holds is looked at anew; if not, it is over
        return risk.model_copy(update={"status": RiskStatus.CLOSED}) if _can_be_told(risk, progress) else risk
    seen = _occurred(risk, progress)
    if seen:
        evidence = "; ".join(dict.fromkeys([*filter(None, risk.evidence.split("; ")), seen]))
        planned = risk.probability if risk.planned_probability is None else risk.planned_probability
        told = {"probability": 1.0, "planned_probability": planned, "evidence": evidence}
        return risk.model_copy(update={"status": RiskStatus.OCCURRED, **told})
    if progress.is_over or _are_finished(risk.task_ids, progress):
        return risk.model_copy(update={"status": RiskStatus.CLOSED})
    return _moved(risk, progress)


def _is_tried_again(risk: Risk, progress: _Progress) -> bool:
    """Whether none of the tasks by which the risk occurred is failed any more, and some are still to be done."""
    if risk.rule not in _OCCURS_BY_FAILURE or risk.planned_probability is None or progress.is_over:
        return False
    statuses = {progress.status(task_id) for task_id in risk.task_ids}
    return TaskStatus.FAILED not in statuses and not statuses <= _FINISHED


def _reopened(risk: Risk) -> Risk:
    status = RiskStatus.MITIGATED if risk.applied else RiskStatus.ACCEPTED if risk.accepted else RiskStatus.OPEN
    return risk.model_copy(update={"status": status, "probability": risk.planned_probability})


def _can_be_told(risk: Risk, progress: _Progress) -> bool:
    """Whether it is known if a risk that only progress shows still holds."""
    needs = {BEHIND_SCHEDULE: progress.spi, OVER_COST: progress.cpi, SLACK_USED_UP: progress.elapsed}
    return progress.is_over or needs[risk.rule] is not None


def _again(before: Risk, raised: Risk) -> Risk:
    # What somebody accepted stays accepted while it lasts; once it was over, it is raised anew.
    if before.status is RiskStatus.CLOSED:
        return raised
    kept = {"status": before.status, "accepted": before.accepted, "applied": before.applied}
    return raised.model_copy(update=kept)


def _differs(before: Risk | None, after: Risk) -> bool:
    if before is None:
        return True
    more = before.status is not after.status or not set(after.task_ids) <= set(before.task_ids)
    return more or abs(before.probability - after.probability) >= _NOTICED


def _are_finished(task_ids: Sequence[str], progress: _Progress) -> bool:
    return bool(task_ids) and all(progress.status(task_id) in _FINISHED for task_id in task_ids)


def _occurred(risk: Risk, progress: _Progress) -> str:
    """What shows that the risk has occurred; empty if nothing does."""
    deadline = progress.plan.schedule.deadline if progress.plan.schedule else None
    if risk.rule == _DEADLINE:
        late = deadline is not None and as_utc(progress.now) > deadline and not progress.is_over
        return "the deadline has passed" if late else ""
    if risk.rule == _BUDGET:
        return _overspent(progress)
    if risk.rule not in _OCCURS_BY_FAILURE:
        return ""
    failed = [task_id for task_id in risk.task_ids if progress.status(task_id) is TaskStatus.FAILED]
    return f"task {failed[0]!r} failed" if failed else ""


def _overspent(progress: _Progress) -> str:
    budget = progress.plan.resource_budget
    cost, tokens = (sum(getattr(state, name) for state in progress.states.values()) for name in ("cost", "tokens"))
    if budget.max_cost is not None and cost > budget.max_cost:
        return f"{cost:.2f} of {budget.max_cost:.2f} spent"
    if budget.max_tokens is not None and tokens > budget.max_tokens:
        return f"{tokens} of {budget.max_tokens} tokens used"
    return ""


def _moved(risk: Risk, progress: _Progress) -> Risk:
    """The risk with the probability that the index gives it."""
    index = progress.cpi if risk.rule == _BUDGET else progress.spi if risk.category is RiskCategory.TIMELINE else None
    if index is None:
        return risk
    planned = risk.probability if risk.planned_probability is None else risk.planned_probability
    probability = _raised_by(planned, index)
    return risk.model_copy(update={"probability": probability, "planned_probability": planned})


def _raised_by(probability: float, index: float) -> float:
    return round(1 - (1 - probability) * min(max(index, 0.0), 1.0), 4)


def _raised(progress: _Progress) -> Iterator[Risk]:
    """Risks that only progress shows."""
    if progress.is_over:
        return
    yield from _slack_used_up(progress)
    yield from _behind(progress)
    yield from _dear(progress)


def _slack_used_up(progress: _Progress) -> Iterator[Risk]:
    elapsed, schedule = progress.elapsed, progress.plan.schedule
    if elapsed is None or schedule is None:
        return
    late = [
        task.task_id
        for task in progress.plan.tasks
        if (window := schedule.windows.get(task.task_id)) is not None
        and elapsed > _due(progress.status(task.task_id), window.latest_start, window.latest_finish)
    ]
    if late:
        first = min(late, key=lambda task_id: schedule.windows[task_id].latest_finish)
        yield Risk(
            risk_id=risk_id_of(progress.plan.plan_id, SLACK_USED_UP),
            rule=SLACK_USED_UP,
            category=RiskCategory.TIMELINE,
            description=f"{len(late)} task(s) have used up their slack: each further delay delays the plan",
            probability=round(min(0.5 + 0.1 * len(late), 0.9), 2),
            impact=Impact.MEDIUM,
            task_ids=late,
            evidence=f"{first!r} was due to end at {schedule.windows[first].latest_finish:.0f} s at the latest, "
            f"it is {elapsed:.0f} s",
            mitigations=["Plan the rest anew.", "Give these tasks to somebody who is free."],
        )


def _due(status: TaskStatus, latest_start: float, latest_finish: float) -> float:
    """The second after which the task is late."""
    if status in _FINISHED:
        return float("inf")
    return latest_finish if status is TaskStatus.EXECUTING else latest_start


def _behind(progress: _Progress) -> Iterator[Risk]:
    if progress.spi is not None and progress.spi < _LAGGING:
        yield _of_index(
            progress, BEHIND_SCHEDULE, RiskCategory.TIMELINE, "The plan is behind its schedule", "SPI", progress.spi
        )


def _dear(progress: _Progress) -> Iterator[Risk]:
    if progress.cpi is not None and progress.cpi < _LAGGING:
        yield _of_index(
            progress, OVER_COST, RiskCategory.RESOURCE, "The plan costs more than planned", "CPI", progress.cpi
        )


def _of_index(
    progress: _Progress, rule: str, category: RiskCategory, description: str, name: str, index: float
) -> Risk:
    left = [task.task_id for task in progress.plan.tasks if progress.status(task.task_id) not in _FINISHED]
    return Risk(
        risk_id=risk_id_of(progress.plan.plan_id, rule),
        rule=rule,
        category=category,
        description=description,
        probability=_raised_by(0.5, index),
        impact=Impact.HIGH if index < _LAGGING - 0.2 else Impact.MEDIUM,
        task_ids=left,
        evidence=f"{name} {index:.2f}",
        mitigations=["Plan the rest anew.", "Do without optional tasks."],
    )


_OF_PROGRESS = frozenset({SLACK_USED_UP, BEHIND_SCHEDULE, OVER_COST})
