"""What somebody outside reports of a plan that is being carried out: how far a task is, what it took, what came up.

Feedback(task_id="t3", status="completed", output={"signed": True}, by="ada")
Feedback(task_id="t3", percent=40, actuals=Actuals(duration_seconds=1800))
Feedback(issues=[IssueReport(title="The key is lost")], new_information="The office is closed on Friday")
"""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from functools import lru_cache
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from groundplan.domain.checked_texts import checked, checked_name
from groundplan.domain.frozen import Frozen, UtcDatetime
from groundplan.domain.ids import Id, new_id
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.risk import Impact


class IssueStatus(StrEnum):
    """`open → escalated → closed`, or `open → closed`."""

    OPEN = "open"
    ESCALATED = "escalated"
    CLOSED = "closed"


ISSUE_STEPS = {
    IssueStatus.OPEN: frozenset({IssueStatus.ESCALATED, IssueStatus.CLOSED}),
    IssueStatus.ESCALATED: frozenset({IssueStatus.CLOSED}),
    IssueStatus.CLOSED: frozenset[IssueStatus](),
}


class IssueReport(Frozen):
    """A trouble that was found, or how one goes on. A new one gets its id from the feedback it came with."""

    issue_id: str = Field(default="", max_length=200)
    title: str = Field(default="", max_length=2_000)
    severity: Impact = Impact.MEDIUM
    status: IssueStatus = IssueStatus.OPEN

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.status is IssueStatus.OPEN and not self.title.strip():
            raise ValueError("a new issue needs a title")
        if self.status is not IssueStatus.OPEN and not self.issue_id:
            raise ValueError(f"an issue that is to be {self.status.value} needs its issue_id")
        return self


class Issue(Frozen):
    """A trouble as it is kept: who found it, at which task, and where it stands."""

    plan_id: str
    issue_id: str
    task_id: str | None = None
    title: str
    severity: Impact
    status: IssueStatus
    opened_by: str = ""
    opened_at: UtcDatetime
    changed_at: UtcDatetime


LONGEST_SECONDS = 1e9
_MOST = 1e12


class Actuals(Frozen):
    """What a task took, so far or in all: seconds of work, model tokens, money; the cores and memory it took up.

    At most 10^9 seconds (thirty years), 10^12 of the others: more is a wrong unit, and would be learned from.
    """

    duration_seconds: float | None = Field(default=None, ge=0, le=LONGEST_SECONDS)
    tokens: int = Field(default=0, ge=0, lt=2**31)
    cost: float = Field(default=0.0, ge=0, le=_MOST)
    cpu_cores: float | None = Field(default=None, ge=0, le=_MOST, exclude_if=lambda value: value is None)
    memory_mb: float | None = Field(default=None, ge=0, le=_MOST, exclude_if=lambda value: value is None)
    """Left out where nobody says: what was reported to an older version keeps its digest."""


class Feedback(Frozen):
    """One report. The same `idempotency_key` again (per plan) does nothing.

    `status` is `executing`, `completed`, `failed`, or `ready` (a task in doubt is to be done once more). `percent` is
    from 0 to 100; `output` goes with `status="completed"`; `issues` may be given as plain titles.
    `new_information` is prose for whoever plans the rest.
    """

    task_id: Id | None = None
    status: TaskStatus | None = None
    percent: float | None = Field(default=None, ge=0, le=100)
    actuals: Actuals | None = None
    output: Any = None
    note: str = ""
    issues: list[IssueReport] = Field(default_factory=list, max_length=100)
    new_information: str = ""
    by: str = ""
    idempotency_key: Id = Field(default_factory=new_id)

    @field_validator("issues", mode="before")
    @classmethod
    def _as_reports(cls, issues: Any) -> Any:
        if not isinstance(issues, (list, tuple)):
            return issues
        return [{"title": issue} if isinstance(issue, str) else issue for issue in issues]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        about_a_task = (self.status, self.percent, self.actuals, self.output)
        if self.task_id is None and any(said is not None for said in about_a_task):
            raise ValueError("status, percent, actuals and output need a task_id")
        if self.output is not None and self.status is not TaskStatus.COMPLETED:
            raise ValueError("an output goes with the status 'completed'")
        named = [issue.issue_id for issue in self.issues if issue.issue_id]
        if len(named) != len(set(named)):
            raise ValueError("an issue is named twice")
        return self

    @property
    def digest(self) -> str:
        """SHA-256 of all that it says, as hexadecimal: two reports with the same key have to have the same."""
        # Not by RFC 8785, which has no integers beyond 2^53: an output may.
        said = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()


class KeptFeedback(Frozen):
    """Feedback as it is kept: the plan, the run and attempt it was about, and when it came."""

    plan_id: str
    run_id: str | None = None
    attempt: int = 0
    at: UtcDatetime
    feedback: Feedback


def checked_feedback(feedback: Feedback) -> Feedback:
    """The feedback with its texts as they may be stored and shown to a model, and an id for each new issue.

    Raises:
        PlanningError: E5004 with the name of the field.
    """
    return feedback.model_copy(
        update={
            "note": checked(feedback.note, "note"),
            "new_information": checked(feedback.new_information, "new_information"),
            "by": _checked_by(feedback.by) if feedback.by else "",
            "issues": [_named(issue, number, feedback) for number, issue in enumerate(feedback.issues)],
        }
    )


@lru_cache(maxsize=1024)
def _checked_by(name: str) -> str:
    # The same few report again and again, and the sanitizer takes a tenth of a report's time.
    return checked_name(name, "by")


def _named(issue: IssueReport, number: int, feedback: Feedback) -> IssueReport:
    # From the key, so that a report that is sent again is the same one.
    made = hashlib.sha256(f"{feedback.idempotency_key}\0{number}".encode()).hexdigest()[:16]
    return issue.model_copy(update={"issue_id": issue.issue_id or made, "title": checked(issue.title, "issue")})
