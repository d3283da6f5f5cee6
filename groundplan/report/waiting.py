"""What a plan waits for that only a person can decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote

from groundplan.domain.approval import Approval
from groundplan.domain.feedback import Issue, IssueStatus
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.report.report import TaskLine, Waiting


def waiting_for(
    plan: ExecutionPlan, lines: Sequence[TaskLine], issues: Sequence[Issue], approval: Approval | None
) -> list[Waiting]:
    """The approval of a version, tasks of which nobody knows whether their effect happened, and escalated issues."""
    return [*_approval(plan, approval), *_doubts(plan, lines), *_escalated(lines, issues)]


def _approval(plan: ExecutionPlan, approval: Approval | None) -> Iterator[Waiting]:
    if approval is not None and approval.decision is None:
        yield Waiting(
            what=f"Version {approval.version} waits for approval",
            why=approval.reasons,
            since=approval.requested_at,
            how=f"groundplan approve {quote(plan.plan_id)} --by NAME --why REASON",
        )


def _doubts(plan: ExecutionPlan, lines: Sequence[TaskLine]) -> Iterator[Waiting]:
    for line in lines:
        if line.status is TaskStatus.IN_DOUBT:
            yield Waiting(
                what=f"Task {line.number} {line.name!r} is in doubt: did its effect happen?",
                why=[line.trouble] if line.trouble else [],
                since=line.started_at,
                how=f"groundplan attend {quote(plan.plan_id)} --task {quote(line.task_id)} --became WHAT --by NAME",
            )


def _escalated(lines: Sequence[TaskLine], issues: Sequence[Issue]) -> Iterator[Waiting]:
    numbers = {line.task_id: line.number for line in lines}
    for issue in issues:
        if issue.status is IssueStatus.ESCALATED:
            at = f" of task {numbers[issue.task_id]}" if issue.task_id in numbers else ""
            yield Waiting(what=f"Issue{at} was escalated", why=[issue.title], since=issue.changed_at)
