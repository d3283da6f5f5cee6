"""What feedback and evaluations ask of their store. One contract suite runs over all of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from groundplan.domain.evaluation import Evaluation, TemplateScore
from groundplan.domain.events import Event, EventType
from groundplan.domain.execution import RunStatus
from groundplan.domain.feedback import Feedback, Issue, IssueStatus, KeptFeedback
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.progress_so_far import TaskReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a plan and one task of it stand when feedback comes.

    `run_id`, `run_status` and `run_version` are of the plan's latest run (None, None, and the latest version, if it was
    never run); `status` and `attempt` of the task in it. `is_reported`: a report on this task waits to be taken.
    `digest` is that of the feedback that came with the same key before.
    """

    goal_id: str
    has_task: bool = False
    run_id: str | None = None
    run_status: RunStatus | None = None
    run_version: int
    status: TaskStatus = TaskStatus.PENDING
    attempt: int = 0
    is_reported: bool = False
    digest: str | None = None


class FeedbackStore(Protocol):
    """Feedback, the issues in it, and the reports in it that a run takes as the outcome of a task.

    Every method has committed when it returns, and may be repeated. Errors are `PlanningError`: E5800 when the database
    is away.
    """

    async def standing(self, plan_id: str, task_id: str | None, idempotency_key: str) -> Standing:
        """Where the plan and the task stand. E5002 for no such plan."""
        ...

    async def record(
        self, kept: KeptFeedback, issues: Sequence[Issue], events: Sequence[Event], *, is_report: bool
    ) -> bool:
        """Keep the feedback, put the issues in their places, write the events: all of it or nothing.

        `is_report`: the run is to take its status as the outcome of the task. False if the same was kept before;
        E5803 if other feedback has its key.
        """
        ...

    async def list_feedback(self, plan_id: str, *, task_id: str | None = None, limit: int = 100) -> list[KeptFeedback]:
        """Feedback, the latest first."""
        ...

    async def list_issues(
        self, *, plan_id: str | None = None, issue_id: str | None = None, status: IssueStatus | None = None,
        limit: int = 100,
    ) -> list[Issue]:  # fmt: skip
        """Issues, the latest first."""
        ...

    async def task_reports(self, plan_id: str, run_id: str | None) -> list[TaskReport]:
        """The latest that was told, in that run (None: while there was none), of each task that anything was told of;
        what executors tell of their progress is among it."""
        ...

    async def told(self, plan_id: str, types: Collection[EventType]) -> list[Event]:
        """The plan's events of these types, in order."""
        ...

    async def take_report(self, run_id: str, task_id: str, attempt: int) -> Feedback | None:
        """The first report on the task that no other attempt has taken; this attempt has it from now on."""
        ...

    async def return_report(self, run_id: str, task_id: str, attempt: int) -> None:
        """Let another attempt take the report that this one has taken."""
        ...


class EvaluationStore(Protocol):
    """Scores of finished tasks."""

    async def add_evaluations(self, evaluations: Sequence[Evaluation]) -> None:
        """Keep them; those whose ids are there stay as they are."""
        ...

    async def list_evaluations(
        self, *, plan_id: str | None = None, task_id: str | None = None, limit: int = 1000
    ) -> list[Evaluation]:
        """Evaluations, the latest first."""
        ...

    async def template_scores(self) -> list[TemplateScore]:
        """What the plans of each template came to, best first."""
        ...
