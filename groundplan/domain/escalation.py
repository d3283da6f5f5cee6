"""Issues that monitoring opens, escalates and closes by itself.

    opened      for each task (or plan) and kind of trouble that has no open issue yet, the worst first
    escalated   an open issue, by whomever: critical, or older than `hours[severity]`, or the `repeated`-th of its kind
                on its task
    raised      an open issue of monitoring whose trouble has become graver, to the severity of that
    closed      an issue that monitoring opened, once its trouble is gone

One that a person closed while the trouble lasts stays closed: the id is made of the episode (see `Trouble.since`), and
only another episode opens another issue.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from operator import attrgetter

from pydantic import Field, NonNegativeFloat

from groundplan.domain.feedback import Issue, IssueStatus
from groundplan.domain.frozen import Frozen
from groundplan.domain.monitoring import Trouble, TroubleKind
from groundplan.domain.progress_so_far import elapsed
from groundplan.domain.risk import Impact

MONITOR = "monitor"
"""Who opens these issues."""
_OPENED = frozenset({TroubleKind.STUCK, TroubleKind.LATE, TroubleKind.OVERSPENDING})
_TITLES = {
    TroubleKind.STUCK: "nothing has been heard of it for too long",
    TroubleKind.LATE: "it is late",
    TroubleKind.OVERSPENDING: "it uses more than it was to use",
}
_HOUR = 3600.0


class EscalationRules(Frozen):
    """When an open issue is escalated: its age in hours by severity (one that is missing: never), or how often.

    `most_open` bounds the issues that monitoring holds open for one plan: nobody reads a thousand that say the same.
    """

    hours: dict[Impact, NonNegativeFloat] = Field(
        default_factory=lambda: {Impact.CRITICAL: 0.0, Impact.HIGH: 1.0, Impact.MEDIUM: 8.0, Impact.LOW: 72.0}
    )
    repeated: int = Field(default=3, ge=2)
    most_open: int = Field(default=100, ge=1)


def next_issues(
    plan_id: str,
    findings: Iterable[Trouble],
    known: Sequence[Issue],
    now: datetime,
    rules: EscalationRules | None = None,
) -> list[Issue]:
    """The issues that are new or go on, as they stand from now on; the same again gives nothing.

    Args:
        findings: all that is wrong with the plan.
        known: all issues of the plan, closed ones too.
    """
    limits, wanted = rules or EscalationRules(), [finding for finding in findings if finding.kind in _OPENED]
    ids = {issue.issue_id for issue in known}
    open_subjects = {_subject(issue) for issue in known if issue.status is not IssueStatus.CLOSED}
    new = [finding for finding in wanted if _is_new(finding, plan_id, ids, open_subjects)]
    opened = [_opened(plan_id, finding, now) for finding in new]
    still_open = sum(issue.opened_by == MONITOR and issue.status is not IssueStatus.CLOSED for issue in known)
    opened.sort(key=lambda issue: -issue.severity.weight)
    del opened[max(0, limits.most_open - still_open) :]
    subjects = {subject_of(plan_id, finding) for finding in wanted}
    closed = [_moved(issue, IssueStatus.CLOSED, now) for issue in known if _is_over(issue, subjects)]
    gone = {issue.issue_id for issue in closed}
    raised = list(_raised(plan_id, wanted, known, now))
    standing = {issue.issue_id: issue for issue in [*known, *opened, *raised]}
    times = Counter(map(_subject, standing.values()))
    escalated = [
        _moved(issue, IssueStatus.ESCALATED, now)
        for issue in standing.values()
        if issue.issue_id not in gone and is_escalated(issue, times[_subject(issue)], now, limits)
    ]
    moved = {issue.issue_id for issue in escalated}
    return [*(issue for issue in [*opened, *raised] if issue.issue_id not in moved), *escalated, *closed]


def is_escalated(issue: Issue, times: int, now: datetime, rules: EscalationRules) -> bool:
    """Whether an open issue is to be escalated; `times` is how often the same was found on its task."""
    if issue.status is not IssueStatus.OPEN:
        return False
    hours = rules.hours.get(issue.severity)
    is_old = hours is not None and elapsed(issue.opened_at, now) >= hours * _HOUR
    return is_old or (issue.opened_by == MONITOR and times >= rules.repeated)


def subject_of(plan_id: str, finding: Trouble) -> str:
    """What the finding is about, as the beginning of its issue's id: the kind of trouble, and the task."""
    about = hashlib.sha256(f"{plan_id}\0{finding.task_id or ''}".encode()).hexdigest()[:12]
    return f"{finding.kind.value}-{about}"


def issue_id_of(plan_id: str, finding: Trouble) -> str:
    """The id of the finding's issue: the same for the same episode, whoever finds it and however often."""
    episode = hashlib.sha256(finding.since.isoformat().encode()).hexdigest()[:8]
    return f"{subject_of(plan_id, finding)}-{episode}"


def _is_new(finding: Trouble, plan_id: str, ids: Collection[str], open_subjects: Collection[str]) -> bool:
    return subject_of(plan_id, finding) not in open_subjects and issue_id_of(plan_id, finding) not in ids


def _raised(plan_id: str, findings: Iterable[Trouble], known: Iterable[Issue], now: datetime) -> Iterator[Issue]:
    """The open issues of monitoring whose trouble is graver than they say, as grave as that."""
    worst: dict[str, Impact] = {}
    for finding in findings:
        subject = subject_of(plan_id, finding)
        worst[subject] = max(worst.get(subject, finding.severity), finding.severity, key=attrgetter("weight"))
    for issue in known:
        found = worst.get(_subject(issue), issue.severity)
        is_open = issue.opened_by == MONITOR and issue.status is not IssueStatus.CLOSED
        if is_open and found.weight > issue.severity.weight:
            yield issue.model_copy(update={"severity": found, "changed_at": now})


def _is_over(issue: Issue, subjects: set[str]) -> bool:
    return issue.opened_by == MONITOR and issue.status is not IssueStatus.CLOSED and _subject(issue) not in subjects


def _subject(issue: Issue) -> str:
    return issue.issue_id.rpartition("-")[0] if issue.opened_by == MONITOR else issue.issue_id


def _opened(plan_id: str, finding: Trouble, now: datetime) -> Issue:
    # Without numbers, so that two who find it at once write the same.
    who = f"Task {finding.task_id!r}" if finding.task_id else "The plan"
    return Issue(
        plan_id=plan_id,
        issue_id=issue_id_of(plan_id, finding),
        task_id=finding.task_id,
        title=f"{who}: {_TITLES[finding.kind]}",
        severity=finding.severity,
        status=IssueStatus.OPEN,
        opened_by=MONITOR,
        opened_at=now,
        changed_at=now,
    )


def _moved(issue: Issue, status: IssueStatus, now: datetime) -> Issue:
    return issue.model_copy(update={"status": status, "changed_at": now})
