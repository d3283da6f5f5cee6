"""Feedback, issues and evaluations in Postgres."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from psycopg.rows import DictRow
from pydantic import TypeAdapter

from groundplan.domain.evaluation import Evaluation, TemplateScore
from groundplan.domain.events import Event, EventType
from groundplan.domain.execution import RunStatus
from groundplan.domain.feedback import Feedback, Issue, IssueStatus, KeptFeedback
from groundplan.domain.ledger import EntryKind, LedgerEntry, TaskState
from groundplan.domain.progress_so_far import TaskReport
from groundplan.stores.conflicts import content_conflict, no_plan
from groundplan.stores.feedback_protocol import Standing
from groundplan.stores.postgres.batched_reads import BatchedReads
from groundplan.stores.postgres.group_commit import GroupCommit
from groundplan.stores.postgres.plan_rows import as_json, event_from, events_json
from groundplan.stores.postgres.reader import Reader
from groundplan.stores.postgres.statements import RECORD_FEEDBACK
from groundplan.stores.postgres.writes import Row, Write

_ATTEMPTS = 5
_ISSUES = TypeAdapter(list[Issue])
_EVALUATIONS = TypeAdapter(list[Evaluation])
_SOME_TIME = datetime.fromtimestamp(0, UTC)


class PostgresFeedbackStore:
    """A `FeedbackStore` in Postgres. Feedback goes through the group commit, the rest over the pool."""

    def __init__(self, writer: GroupCommit, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader
        self._standings = BatchedReads(self._look_up)

    async def standing(self, plan_id: str, task_id: str | None, idempotency_key: str) -> Standing:
        """See `FeedbackStore.standing`."""
        row = await self._standings.get((plan_id, task_id, idempotency_key))
        if row["goal_id"] is None:
            raise no_plan(plan_id, None)
        state = _state(task_id or "", row["story"] or [])
        return Standing(
            goal_id=row["goal_id"],
            has_task=row["has_task"],
            run_id=row["run_id"],
            run_status=RunStatus(row["run_status"]) if row["run_status"] else None,
            run_version=row["run_version"] or row["version"],
            status=state.status,
            attempt=state.attempt,
            is_reported=row["is_reported"],
            digest=row["digest"],
        )

    async def _look_up(self, asked: Sequence[tuple[str, str | None, str]]) -> Sequence[DictRow]:
        plan_ids, task_ids, keys = map(list, zip(*asked, strict=True))
        return await self._reader.rows("standings", plan_ids=plan_ids, task_ids=task_ids, keys=keys)

    async def record(
        self, kept: KeptFeedback, issues: Sequence[Issue], events: Sequence[Event], *, is_report: bool
    ) -> bool:
        """See `FeedbackStore.record`."""
        key, row = kept.feedback.idempotency_key, _row(kept, issues, events, is_report=is_report)
        keys = [("feedback", kept.plan_id, key), *(("issue", kept.plan_id, issue.issue_id) for issue in issues)]
        for _ in range(_ATTEMPTS):
            ((found,),) = await self._writer.commit([Write(RECORD_FEEDBACK, [row])], keys)
            _, stored, known = found
            if stored or known == kept.feedback.digest:
                return bool(stored)
            if known is not None:
                break
        raise content_conflict("feedback", key)

    async def list_feedback(self, plan_id: str, *, task_id: str | None = None, limit: int = 100) -> list[KeptFeedback]:
        """See `FeedbackStore.list_feedback`."""
        rows = await self._reader.rows("list_feedback", plan_id=plan_id, task_id=task_id, limit=limit)
        return [KeptFeedback.model_validate(row) for row in rows]

    async def list_issues(
        self, *, plan_id: str | None = None, issue_id: str | None = None, status: IssueStatus | None = None,
        limit: int = 100,
    ) -> list[Issue]:  # fmt: skip
        """See `FeedbackStore.list_issues`."""
        rows = await self._reader.rows("list_issues", plan_id=plan_id, issue_id=issue_id, status=status, limit=limit)
        return [Issue.model_validate(row) for row in rows]

    async def task_reports(self, plan_id: str, run_id: str | None) -> list[TaskReport]:
        """See `FeedbackStore.task_reports`."""
        rows = await self._reader.rows("task_reports", plan_id=plan_id, run_id=run_id or "")
        return [TaskReport.model_validate(row) for row in rows]

    async def told(self, plan_id: str, types: Collection[EventType]) -> list[Event]:
        """See `FeedbackStore.told`."""
        wanted = [kind.value for kind in types]
        return [event_from(row) for row in await self._reader.rows("told_of_plan", plan_id=plan_id, types=wanted)]

    async def take_report(self, run_id: str, task_id: str, attempt: int) -> Feedback | None:
        """See `FeedbackStore.take_report`."""
        found = await self._reader.row("find_report", run_id=run_id, task_id=task_id, attempt=attempt)
        if found is not None and found["taken_by"] is None:
            named = {name: found[name] for name in ("plan_id", "idempotency_key")}
            found = await self._reader.row("take_report", **named, attempt=attempt)
        return Feedback.model_validate(found["content"]) if found else None

    async def return_report(self, run_id: str, task_id: str, attempt: int) -> None:
        """See `FeedbackStore.return_report`."""
        await self._reader.execute("return_report", run_id=run_id, task_id=task_id, attempt=attempt)


class PostgresEvaluationStore:
    """An `EvaluationStore` in Postgres."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def add_evaluations(self, evaluations: Sequence[Evaluation]) -> None:
        """See `EvaluationStore.add_evaluations`."""
        if evaluations:
            written = _EVALUATIONS.dump_json(list(evaluations)).decode()
            await self._reader.execute("add_evaluations", evaluations=written)

    async def list_evaluations(
        self, *, plan_id: str | None = None, task_id: str | None = None, limit: int = 1000
    ) -> list[Evaluation]:
        """See `EvaluationStore.list_evaluations`."""
        rows = await self._reader.rows("list_evaluations", plan_id=plan_id, task_id=task_id, limit=limit)
        return [Evaluation.model_validate(row) for row in rows]

    async def template_scores(self) -> list[TemplateScore]:
        """See `EvaluationStore.template_scores`."""
        return [TemplateScore.model_validate(row) for row in await self._reader.rows("template_scores")]


def _row(kept: KeptFeedback, issues: Sequence[Issue], events: Sequence[Event], *, is_report: bool) -> Row:
    """A row for `record_feedback`."""
    said = kept.feedback
    return (
        kept.plan_id, said.idempotency_key, said.task_id, kept.run_id, kept.attempt, kept.at, said.digest,
        int(is_report), as_json(said), _ISSUES.dump_json(list(issues)) if issues else None,
        events_json(events) if events else None,
    )  # fmt: skip


def _state(task_id: str, story: Sequence[Any]) -> TaskState:
    """Where the task stands after these attempts and kinds of entries."""
    state = TaskState()
    for attempt, kind in story:
        state.apply(LedgerEntry(task_id=task_id, attempt=attempt, kind=EntryKind(kind), at=_SOME_TIME))
    return state
