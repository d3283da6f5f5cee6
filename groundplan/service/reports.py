"""The part of `PlanningService` that reports: all that is known of a plan, collected from the stores."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from groundplan.domain.approval import Approval
from groundplan.domain.cost_advice import cost_advice
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.execution import ExecutionRun
from groundplan.domain.goal import Goal
from groundplan.domain.ledger import fold
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.execution.progress import as_run_by
from groundplan.service.execution import Execution
from groundplan.service.resources import Resources

if TYPE_CHECKING:
    from groundplan.report.compose import Known
    from groundplan.report.report import Report, VersionLine
    from groundplan.stores.protocols import PlanVersion

_MOST_ISSUES = 1_000
_MOST_ADVICE = 10
_DRAWS, _MOST_SAMPLES, _LEAST_SAMPLES = 1_000_000, 10_000, 200
"""A simulation draws so many durations, which takes a tenth of a second."""
_MOST_NAMES = 5


class WritesReports(ABC):
    """Telling people how a plan stands."""

    _clock: Callable[[], datetime]

    @property
    @abstractmethod
    def _execution(self) -> Execution: ...

    @property
    @abstractmethod
    def _resources(self) -> Resources: ...

    @abstractmethod
    async def _watched(self, plan_id: str) -> tuple[ExecutionPlan, ExecutionRun | None]: ...

    @abstractmethod
    async def list_versions(self, plan_id: str) -> list[PlanVersion]: ...

    @abstractmethod
    async def get_approval(self, plan_id: str) -> Approval | None: ...

    async def report(self, plan_id: str) -> Report:
        """How the plan stands now: schedule, progress, earned value, risks, issues, cost, versions, and what waits for
        a person. While a run goes on it is about the version that is being run, whatever waits.

        `groundplan.report` makes Markdown, a page and charts of it.

        Raises:
            PlanningError: E5002 if there is no such plan, E5801 if somebody changed it in the database.
        """
        # What draws is imported only by those who want a report.
        from groundplan.report import Known

        plan, run = await self._watched(plan_id)
        runs, told = self._execution.context.runs, self._resources.feedback
        run_id = run.run_id if run else None
        known = Known(
            goal=await self._goal_of(plan),
            entries=await runs.read_ledger(run_id) if run_id else (),
            reports=await told.task_reports(plan_id, run_id),
            approval=await self.get_approval(plan_id),
            issues=await told.list_issues(plan_id=plan_id, limit=_MOST_ISSUES),
            versions=_lines(await self.list_versions(plan_id), plan),
            recommendations=self._cheaper(plan),
        )
        # In a thread, as a plan of 10,000 tasks takes seconds: whoever shares the event loop does not wait for it.
        return await asyncio.to_thread(_computed, plan, run, known, self._clock())

    def _cheaper(self, plan: ExecutionPlan) -> list[str]:
        context = self._execution.context.planning
        left = [task for task in plan.tasks if task.status is not TaskStatus.COMPLETED]
        return [str(advice) for advice in cost_advice(left, context.prices, context.model_name)[:_MOST_ADVICE]]

    async def _goal_of(self, plan: ExecutionPlan) -> Goal | None:
        """The plan's goal; None for a plan that was made by hand without one."""
        try:
            return await self._execution.context.planning.store.get_goal(plan.goal_id) if plan.goal_id else None
        except PlanningError as error:
            if error.code is ErrorCode.GOAL_NOT_FOUND:
                return None
            raise


def _computed(plan: ExecutionPlan, run: ExecutionRun | None, known: Known, now: datetime) -> Report:
    from groundplan.domain.simulation import simulate
    from groundplan.report import report_on

    if plan.completed_at is None and plan.tasks:
        samples = max(_LEAST_SAMPLES, min(_MOST_SAMPLES, _DRAWS // len(plan.tasks)))
        left = as_run_by(plan, run, fold(known.entries)) if run else plan
        known = replace(known, simulation=simulate(left, now=now, samples=samples))
    return report_on(plan, made_at=now, known=known)


def _lines(versions: list[PlanVersion], plan: ExecutionPlan) -> list[VersionLine]:
    from groundplan.report.report import VersionLine

    names = {task.task_id: task.name for task in plan.tasks}
    return [
        VersionLine(version=kept.version, made_at=kept.created_at, reason=kept.reason, changes=_changes(kept, names))
        for kept in sorted(versions, key=lambda kept: kept.version)
    ]


def _changes(kept: PlanVersion, names: dict[str, str]) -> list[str]:
    """In words; the first version has none."""
    if kept.version == 1:
        return []
    changed = {"added": kept.diff.added, "removed": kept.diff.removed, "changed": list(kept.diff.changed)}
    return [f"{how} {_named(task_ids, names)}" for how, task_ids in changed.items() if task_ids]


def _named(task_ids: list[str], names: dict[str, str]) -> str:
    shown = ", ".join(names.get(task_id, task_id) for task_id in task_ids[:_MOST_NAMES])
    left = len(task_ids) - _MOST_NAMES
    return f"{shown} and {left} more" if left > 0 else shown
