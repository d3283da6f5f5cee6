"""Feedback and evaluations in memory, beside a `MemoryPlanStore` and its runs."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from groundplan.domain.evaluation import Evaluation, TemplateScore, template_scores
from groundplan.domain.events import Event, EventType
from groundplan.domain.feedback import Feedback, Issue, IssueStatus, KeptFeedback
from groundplan.domain.ledger import TaskState, fold
from groundplan.domain.progress_so_far import TaskReport
from groundplan.stores.conflicts import content_conflict
from groundplan.stores.feedback_protocol import Standing
from groundplan.stores.memory import MemoryPlanStore
from groundplan.stores.run_protocol import RunStore


@dataclass
class _Report:
    run_id: str
    task_id: str
    feedback: Feedback
    taken_by: int | None = None


class MemoryFeedbackStore:
    """A `FeedbackStore` of dictionaries, with the same conflicts as the one in Postgres."""

    def __init__(self, plans: MemoryPlanStore, runs: RunStore) -> None:
        self._plans = plans
        self._runs = runs
        self._kept: dict[tuple[str, str], KeptFeedback] = {}
        self._issues: dict[tuple[str, str], Issue] = {}
        self._reports: list[_Report] = []

    async def standing(self, plan_id: str, task_id: str | None, idempotency_key: str) -> Standing:
        plan = await self._plans.get_plan(plan_id)
        runs = [run for run in await self._runs.list_runs(plan_id=plan_id) if run.forked_from is None]
        before = self._kept.get((plan_id, idempotency_key))
        run = runs[0] if runs else None
        state = TaskState()
        if run is not None and task_id is not None:
            state = fold(await self._runs.read_ledger(run.run_id)).get(task_id, state)
        return Standing(
            goal_id=plan.goal_id,
            has_task=any(task.task_id == task_id for task in plan.tasks),
            run_id=run.run_id if run else None,
            run_status=run.status if run else None,
            run_version=run.version if run else plan.version,
            status=state.status,
            attempt=state.attempt,
            is_reported=run is not None and any(self._waiting(run.run_id, task_id)),
            digest=before.feedback.digest if before else None,
        )

    async def record(
        self, kept: KeptFeedback, issues: Sequence[Issue], events: Sequence[Event], *, is_report: bool
    ) -> bool:
        key = (kept.plan_id, kept.feedback.idempotency_key)
        before = self._kept.get(key)
        if before is not None:
            if before.feedback.digest != kept.feedback.digest:
                raise content_conflict("feedback", kept.feedback.idempotency_key)
            return False
        self._kept[key] = kept
        for issue in issues:
            self._issues[issue.plan_id, issue.issue_id] = issue
        if is_report and kept.run_id and kept.feedback.task_id:
            self._reports.append(_Report(kept.run_id, kept.feedback.task_id, kept.feedback))
        self._plans.add_events(events)
        return True

    async def list_feedback(self, plan_id: str, *, task_id: str | None = None, limit: int = 100) -> list[KeptFeedback]:
        found = [kept for (plan, _), kept in self._kept.items() if plan == plan_id]
        return [kept for kept in reversed(found) if task_id in (None, kept.feedback.task_id)][:limit]

    async def list_issues(
        self, *, plan_id: str | None = None, issue_id: str | None = None, status: IssueStatus | None = None,
        limit: int = 100,
    ) -> list[Issue]:  # fmt: skip
        wanted = [
            issue
            for issue in self._issues.values()
            if plan_id in (None, issue.plan_id)
            and issue_id in (None, issue.issue_id)
            and status in (None, issue.status)
        ]
        return sorted(wanted, key=lambda issue: issue.opened_at, reverse=True)[:limit]

    async def task_reports(self, plan_id: str, run_id: str | None) -> list[TaskReport]:
        found: dict[str, TaskReport] = {}
        for event in await self.told(plan_id, [EventType.TASK_PROGRESS]):
            task_id = event.data.get("task_id")
            if task_id and (event.run_id or None) == run_id:
                found[task_id] = _with_progress(found.get(task_id), event)
        for kept in self._kept.values():
            said = kept.feedback
            if said.task_id and (kept.plan_id, kept.run_id) == (plan_id, run_id):
                found[said.task_id] = _with_feedback(found.get(said.task_id), kept)
        return list(found.values())

    async def told(self, plan_id: str, types: Collection[EventType]) -> list[Event]:
        events = await self._plans.read_events(plan_id=plan_id, limit=sys.maxsize)
        return [event for event in events if event.type in types]

    async def take_report(self, run_id: str, task_id: str, attempt: int) -> Feedback | None:
        for report in self._of(run_id, task_id):
            if report.taken_by in (None, attempt):
                report.taken_by = attempt
                return report.feedback
        return None

    async def return_report(self, run_id: str, task_id: str, attempt: int) -> None:
        for report in self._of(run_id, task_id):
            if report.taken_by == attempt:
                report.taken_by = None

    def _of(self, run_id: str, task_id: str | None) -> list[_Report]:
        return [report for report in self._reports if (report.run_id, report.task_id) == (run_id, task_id)]

    def _waiting(self, run_id: str, task_id: str | None) -> list[_Report]:
        return [report for report in self._of(run_id, task_id) if report.taken_by is None]


class MemoryEvaluationStore:
    """An `EvaluationStore` in a dictionary."""

    def __init__(self) -> None:
        self._evaluations: dict[str, Evaluation] = {}

    async def add_evaluations(self, evaluations: Sequence[Evaluation]) -> None:
        for one in evaluations:
            self._evaluations.setdefault(one.evaluation_id, one)

    async def list_evaluations(
        self, *, plan_id: str | None = None, task_id: str | None = None, limit: int = 1000
    ) -> list[Evaluation]:
        found = [
            one
            for one in reversed(self._evaluations.values())
            if plan_id in (None, one.plan_id) and task_id in (None, one.task_id)
        ]
        return sorted(found, key=lambda one: one.at, reverse=True)[:limit]

    async def template_scores(self) -> list[TemplateScore]:
        return template_scores(list(self._evaluations.values()))


def _with_progress(known: TaskReport | None, event: Event) -> TaskReport:
    """What is known of a task after this event of its progress."""
    attempt, percent = int(event.data.get("attempt", 0)), float(event.data.get("percent", 0.0))
    before = known.highest if known is not None and known.attempt == attempt else None
    return TaskReport(
        task_id=event.data["task_id"],
        attempt=attempt,
        percent=percent,
        highest=max(percent, before or 0.0),
        heard_at=event.at,
    )


def _with_feedback(known: TaskReport | None, kept: KeptFeedback) -> TaskReport:
    """What is known of a task after this feedback."""
    said = kept.feedback
    known = known or TaskReport(task_id=said.task_id or "", attempt=kept.attempt, heard_at=kept.at)
    return known.model_copy(update={"actuals": said.actuals or known.actuals, "heard_at": max(known.heard_at, kept.at)})
