"""Risks of time: the deadline, slack, long and uncertain tasks, a schedule without room."""

from __future__ import annotations

from collections.abc import Iterator

from groundplan.domain.mitigation.offers import BUFFER, CHECK, advice
from groundplan.domain.risk import Impact, Risk, RiskCategory
from groundplan.domain.risk_rules.outlook import Outlook

_LONG_SHARE = 0.5
_LATE = 0.05
_WIDE = 30.0
"""An estimate is wide when the pessimistic value is over so many times the optimistic one."""
_CROWDED = 0.9
"""A schedule has no room when so large a share of its places is taken from start to end."""
_FEW = 6


def deadline(outlook: Outlook) -> Iterator[Risk]:
    """The chance to be late is 5 % or more."""
    if outlook.seconds_left is not None and outlook.lateness >= _LATE:
        yield Risk(
            risk_id=outlook.id_of("deadline"),
            rule="deadline",
            category=RiskCategory.TIMELINE,
            description="The deadline may be missed",
            probability=round(min(outlook.lateness, 1.0), 2),
            impact=Impact.HIGH,
            task_ids=list(outlook.schedule.critical_path),
            evidence=f"{outlook.seconds_left:.0f} s left, mean {outlook.schedule.makespan:.0f} s, "
            f"standard deviation {outlook.schedule.std:.0f} s",
            mitigations=[
                advice("Shorten or split tasks of the critical path."),
                advice("Drop optional tasks."),
                advice("Move the deadline."),
            ],
        )


def no_slack(outlook: Outlook) -> Iterator[Risk]:
    """Nearly every task is on the critical path."""
    critical = len(outlook.schedule.critical_path)
    if critical >= _FEW and critical >= 0.8 * len(outlook.tasks):
        yield Risk(
            risk_id=outlook.id_of("no-slack"),
            rule="no-slack",
            category=RiskCategory.TIMELINE,
            description="Nearly every task is on the critical path: any delay delays the plan",
            probability=0.4,
            impact=Impact.LOW,
            task_ids=list(outlook.schedule.critical_path),
            evidence=f"{critical} of {len(outlook.tasks)} tasks without slack",
            mitigations=[BUFFER, advice("See which tasks need not wait for each other.")],
        )


def long_task(outlook: Outlook) -> Iterator[Risk]:
    """One task of the critical path takes over half of the time."""
    if len(outlook.tasks) < 4:
        return
    for task_id in outlook.schedule.critical_path:
        mean = outlook.estimates[task_id].duration.mean
        if mean > _LONG_SHARE * outlook.schedule.makespan:
            yield Risk(
                risk_id=outlook.id_of("long-task", task_id),
                rule="long-task",
                category=RiskCategory.TIMELINE,
                description="One task takes more than half of the plan's time",
                probability=0.4,
                impact=Impact.MEDIUM,
                task_ids=[task_id],
                evidence=f"{mean:.0f} s of {outlook.schedule.makespan:.0f} s",
                mitigations=[BUFFER, CHECK, advice("Split it, so that progress shows earlier.")],
            )


def uncertain_estimate(outlook: Outlook) -> Iterator[Risk]:
    """The length of critical tasks is hardly known."""
    wide = [
        task_id
        for task_id in outlook.schedule.critical_path
        if outlook.estimates[task_id].duration.optimistic > 0
        and outlook.estimates[task_id].duration.pessimistic > _WIDE * outlook.estimates[task_id].duration.optimistic
    ]
    if wide:
        yield Risk(
            risk_id=outlook.id_of("uncertain-estimate"),
            rule="uncertain-estimate",
            category=RiskCategory.TIMELINE,
            description=f"The length of {len(wide)} critical task(s) is hardly known",
            probability=0.4,
            impact=Impact.LOW,
            task_ids=wide,
            evidence=f"pessimistic over {_WIDE:.0f} times optimistic",
            mitigations=[
                BUFFER,
                advice("Ask somebody who did it before."),
                advice("Do a small part of it first."),
            ],
        )


def compressed_schedule(outlook: Outlook) -> Iterator[Risk]:
    """The schedule has no room: the deadline leaves none of the buffer, or every place is taken all the time."""
    seen = _eaten_buffer(outlook) or _crowded(outlook)
    if seen:
        yield Risk(
            risk_id=outlook.id_of("compressed-schedule"),
            rule="compressed-schedule",
            category=RiskCategory.TIMELINE,
            description="The schedule has no room for anything unforeseen",
            probability=0.4,
            impact=Impact.MEDIUM,
            task_ids=list(outlook.schedule.critical_path),
            evidence=seen,
            mitigations=[advice("Drop optional tasks."), advice("Let more tasks run at once, or move the deadline.")],
        )


def _eaten_buffer(outlook: Outlook) -> str:
    left, schedule = outlook.seconds_left, outlook.schedule
    if left is None or outlook.lateness >= _LATE or left >= schedule.finish or schedule.buffer <= 0:
        return ""  # a deadline that may be missed is a risk by itself
    return f"the deadline leaves {left - schedule.makespan:.0f} s of the buffer of {schedule.buffer:.0f} s"


def _crowded(outlook: Outlook) -> str:
    places, makespan = outlook.schedule.at_once, outlook.schedule.makespan
    if places is None or places < 2 or makespan <= 0 or len(outlook.tasks) < max(_FEW, 2 * places):
        return ""
    work = sum(estimate.duration.mean for estimate in outlook.estimates.values())
    taken = work / (places * makespan)
    return f"{taken:.0%} of {places} places taken from start to end" if taken >= _CROWDED else ""
