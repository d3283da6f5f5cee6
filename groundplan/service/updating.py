"""Taking feedback in: checked against where the plan stands, kept with its issues and events, handed to the run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.events import Event, EventType
from groundplan.domain.execution import FINAL_RUNS
from groundplan.domain.feedback import (
    ISSUE_STEPS,
    Feedback,
    Issue,
    IssueReport,
    IssueStatus,
    KeptFeedback,
    checked_feedback,
)
from groundplan.domain.lifecycle import TASK_TRANSITIONS, TaskStatus, check_transition
from groundplan.execution.executors.json_output import as_json
from groundplan.execution.outside import OUTSIDE, OutsideWork
from groundplan.execution.wishes import wish
from groundplan.service.execution import Became, Execution
from groundplan.stores.conflicts import content_conflict
from groundplan.stores.feedback_protocol import FeedbackStore, Standing

_REPORTED = (TaskStatus.EXECUTING, TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.READY)
_BECAME: dict[TaskStatus, Became] = {
    TaskStatus.COMPLETED: "completed",
    TaskStatus.FAILED: "failed",
    TaskStatus.READY: "again",
}
_ISSUE_EVENT = {
    IssueStatus.OPEN: EventType.ISSUE_OPENED,
    IssueStatus.ESCALATED: EventType.ISSUE_ESCALATED,
    IssueStatus.CLOSED: EventType.ISSUE_CLOSED,
}


class Updates:
    """Feedback on plans of an open service. `replans`: new information asks a run to plan its rest anew."""

    def __init__(self, store: FeedbackStore, execution: Execution, *, replans: bool) -> None:
        self._store = store
        self._execution = execution
        self._replans = replans

    async def update(self, plan_id: str, feedback: Feedback) -> bool:
        """See `PlanningService.update_plan`."""
        most = self._execution.context.work.limits.kept_output
        output = as_json(feedback.output, most)
        said = checked_feedback(feedback.model_copy(update={"output": output}))
        standing = await self._store.standing(plan_id, said.task_id, said.idempotency_key)
        if standing.digest is not None:
            return await self._again(said, standing)
        if said.task_id is not None and not standing.has_task:
            raise _not_in_plan(plan_id, "task", said.task_id)
        is_report = said.status is not None and await self._check_status(plan_id, said, standing)
        now = self._execution.context.planning.clock()
        issues = [await self._issue(plan_id, report, said, now) for report in said.issues]
        kept = KeptFeedback(plan_id=plan_id, run_id=standing.run_id, attempt=standing.attempt, at=now, feedback=said)
        is_new = await self._store.record(kept, issues, _events(kept, issues, standing), is_report=is_report)
        await self._follow(said, standing)
        return is_new

    async def _again(self, said: Feedback, standing: Standing) -> bool:
        if standing.digest != said.digest:
            raise content_conflict("feedback", said.idempotency_key)
        await self._settle(said, standing)  # what it decides may not have been done when it came first
        return False

    async def _follow(self, said: Feedback, standing: Standing) -> None:
        """What the feedback means for the run."""
        await self._settle(said, standing)
        if self._replans and said.new_information and standing.run_id and standing.run_status not in FINAL_RUNS:
            await self._ask_to_replan(standing.run_id, said)

    async def _settle(self, said: Feedback, standing: Standing) -> None:
        became = _BECAME.get(said.status) if said.status else None
        if standing.status is not TaskStatus.IN_DOUBT or became is None or not said.task_id or not standing.run_id:
            return
        by = said.by or "feedback"
        await self._execution.settle_doubt(
            standing.run_id, said.task_id, became, by=by, why=said.note, output=said.output
        )

    async def _ask_to_replan(self, run_id: str, said: Feedback) -> None:
        context = self._execution.context
        run = await context.runs.get_run(run_id)
        if run.replans_left > 0 and context.replanner is not None:
            await wish(context.runs, run_id, {"by": said.by, "why": "new information", "notes": said.new_information})
            await context.leases.nudge(run_id)

    async def _check_status(self, plan_id: str, said: Feedback, standing: Standing) -> bool:
        """Whether the run takes the status as the task's outcome. Raises E5203 if it cannot become that."""
        assert said.status is not None  # noqa: S101  # asked for by the caller
        if standing.run_id is None or standing.run_status in FINAL_RUNS or said.status not in _REPORTED:
            raise _no_such_step(said, standing)
        if said.status is standing.status is TaskStatus.EXECUTING:
            return False
        check_transition(f"Task {said.task_id!r}", standing.status, said.status, TASK_TRANSITIONS)
        if standing.status is TaskStatus.IN_DOUBT:
            return False
        if standing.status is not TaskStatus.EXECUTING or not await self._is_outside(plan_id, said, standing):
            raise _not_yours(said, standing)
        if standing.is_reported:
            raise _reported_already(said)
        return True

    async def _is_outside(self, plan_id: str, said: Feedback, standing: Standing) -> bool:
        context = self._execution.context
        plan = await context.plans.version(plan_id, standing.run_version)
        tasks = [task for task in plan.tasks if task.task_id == said.task_id]
        return bool(tasks) and isinstance(context.work.executors.executor_for(tasks[0]), OutsideWork)

    async def _issue(self, plan_id: str, report: IssueReport, said: Feedback, now: datetime) -> Issue:
        """The issue as it stands after the report. Raises E5208 if it is not there, E5203 if it cannot go on so."""
        found = await self._store.list_issues(plan_id=plan_id, issue_id=report.issue_id, limit=1)
        if report.status is IssueStatus.OPEN and not found:
            return Issue(
                plan_id=plan_id,
                issue_id=report.issue_id,
                task_id=said.task_id,
                title=report.title,
                severity=report.severity,
                status=report.status,
                opened_by=said.by,
                opened_at=now,
                changed_at=now,
            )
        if not found:
            raise _not_in_plan(plan_id, "issue", report.issue_id)
        check_step(found[0], report.status)
        return found[0].model_copy(update={"status": report.status, "changed_at": now})


def check_step(issue: Issue, status: IssueStatus) -> None:
    """Pass if the issue may become this. Raises PlanningError E5203."""
    allowed = sorted(ISSUE_STEPS[issue.status])
    if status not in allowed:
        raise PlanningError(
            ErrorCode.ILLEGAL_TRANSITION,
            f"Issue {issue.issue_id!r} is {issue.status.value} and cannot become {status.value}",
            details={"issue_id": issue.issue_id, "current": issue.status.value, "allowed": [*allowed]},
            recovery_suggestion="Open a new issue, or report how this one goes on.",
        )


def _events(kept: KeptFeedback, issues: list[Issue], standing: Standing) -> list[Event]:
    """What happened, without what was said: events are for everybody to see."""
    said = kept.feedback
    told: list[tuple[EventType, dict[str, Any]]] = []
    if said.percent is not None:
        told.append((EventType.TASK_PROGRESS, {"attempt": kept.attempt, "percent": said.percent}))
    told += [(_ISSUE_EVENT[issue.status], _about_issue(issue)) for issue in issues]
    about = {"task_id": said.task_id} if said.task_id else {}
    return [
        Event(
            type=kind,
            at=kept.at,
            goal_id=standing.goal_id,
            plan_id=kept.plan_id,
            run_id=kept.run_id or "",
            data=about | data,
        )
        for kind, data in told
    ]


def _about_issue(issue: Issue) -> dict[str, Any]:
    return {"issue_id": issue.issue_id, "severity": issue.severity.value}


def _not_in_plan(plan_id: str, what: str, name: str) -> PlanningError:
    return PlanningError(
        ErrorCode.NOT_IN_PLAN,
        f"Plan {plan_id!r} has no {what} {name!r}",
        details={"plan_id": plan_id, "kind": what, "id": name},
        recovery_suggestion=f"Look at the plan's {what}s with `groundplan show {plan_id}`.",
    )


def _no_such_step(said: Feedback, standing: Standing) -> PlanningError:
    reported = ", ".join(status.value for status in _REPORTED)
    is_run = standing.run_id is not None and standing.run_status not in FINAL_RUNS
    why = f"what can be reported is {reported}" if is_run else "its plan is not being run"
    return PlanningError(
        ErrorCode.ILLEGAL_TRANSITION,
        f"Task {said.task_id!r} is {standing.status.value} and cannot be reported {said.status}: {why}",
        details={"task_id": said.task_id, "current": standing.status.value, "target": said.status},
        recovery_suggestion="Run the plan first; a status is reported while the task is being done.",
    )


def _not_yours(said: Feedback, standing: Standing) -> PlanningError:
    return PlanningError(
        ErrorCode.ILLEGAL_TRANSITION,
        f"Task {said.task_id!r} is {standing.status.value}, and its own executor says what becomes of it",
        details={"task_id": said.task_id, "current": standing.status.value, "target": said.status},
        recovery_suggestion=f"Give tasks that are done outside the category {OUTSIDE!r}, or report progress only.",
    )


def _reported_already(said: Feedback) -> PlanningError:
    return PlanningError(
        ErrorCode.ILLEGAL_TRANSITION,
        f"What became of task {said.task_id!r} was reported already",
        details={"task_id": said.task_id, "target": said.status},
        recovery_suggestion="Nothing is to be done: its runner takes the report, at the latest when it is resumed.",
    )
