"""Work that a person or an outside system does: its outcome comes by feedback.

    Task(name="Sign the contract", category="external")
    await service.update_plan(plan_id, Feedback(task_id=…, status="completed", output={"signed": True}, by="ada"))

The attempt waits, as long as its timeout lets it, for a report on its task. A run that was cut off meanwhile takes the
report when it is resumed.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.execution import Usage
from groundplan.domain.feedback import Feedback
from groundplan.domain.irreversible import DONE_BY_PEOPLE
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.task import Task
from groundplan.execution.protocols import (
    Declaration,
    Executor,
    Executors,
    Produced,
    Reconciled,
    ReconcileVerdict,
    TaskCall,
)

OUTSIDE = "external"
"""The category of tasks that nobody here runs."""
_BY_PEOPLE = DONE_BY_PEOPLE | {OUTSIDE}
"""The categories of tasks that a person does unless something is registered for them."""

_LOOK_EVERY = 0.25


class Reports(Protocol):
    """Where reports on tasks come in: see `FeedbackStore`."""

    async def take_report(self, run_id: str, task_id: str, attempt: int) -> Feedback | None:
        """The first report on the task that no other attempt has taken."""
        ...

    async def return_report(self, run_id: str, task_id: str, attempt: int) -> None:
        """Let another attempt take it."""
        ...


class OutsideWork:
    """Waits for reports. To wait has no effect, so an attempt that was cut off is simply made again."""

    def __init__(self, reports: Reports, look_every: float = _LOOK_EVERY) -> None:
        self._reports = reports
        self._look_every = look_every

    def declaration(self, task: Task) -> Declaration:  # noqa: ARG002  # true of every task
        """What came of a task that was cut off, the reports tell."""
        return Declaration(idempotent=True, reconcile=self._reconcile)

    async def run(self, call: TaskCall) -> Produced:
        """What was reported. Raises PlanningError E5207 if it was reported to have failed."""
        while (said := await self._look(call)) is None:  # noqa: ASYNC110  # reports come from other processes too
            await asyncio.sleep(self._look_every)
        if said.status is TaskStatus.FAILED:
            raise _reported_failed(call.task, said)
        return _produced(said)

    async def _look(self, call: TaskCall) -> Feedback | None:
        try:
            return await self._reports.take_report(call.run_id, call.task.task_id, call.attempt)
        except PlanningError as error:
            if error.code is not ErrorCode.STORE_UNAVAILABLE:
                raise
            return None

    async def _reconcile(self, call: TaskCall) -> Reconciled:
        said = await self._reports.take_report(call.run_id, call.task.task_id, call.attempt)
        if said is None:
            return Reconciled(verdict=ReconcileVerdict.UNKNOWN)
        if said.status is TaskStatus.COMPLETED:
            return Reconciled(verdict=ReconcileVerdict.DONE, output=said.output)
        # The attempt that follows has to hear of it.
        await self._reports.return_report(call.run_id, call.task.task_id, call.attempt)
        return Reconciled(verdict=ReconcileVerdict.NOT_DONE)


class WithOutside:
    """The registered executors, and reports for tasks of category `external`, `approval` and `review` that none of
    them takes."""

    def __init__(self, registered: Executors, outside: OutsideWork) -> None:
        self._registered = registered
        self._outside = outside

    def executor_for(self, task: Task) -> Executor | None:
        """See `Executors.executor_for`."""
        found = self._registered.executor_for(task)
        return self._outside if found is None and task.tool is None and task.category in _BY_PEOPLE else found


def _produced(said: Feedback) -> Produced:
    took = said.actuals
    record = {"reported_by": said.by, "feedback": said.idempotency_key, "note": said.note}
    if took is not None and took.duration_seconds is not None:
        record["duration_seconds"] = f"{took.duration_seconds:g}"
    usage = Usage(tokens=took.tokens, cost=took.cost) if took else Usage()
    return Produced(output=said.output, usage=usage, record={name: text for name, text in record.items() if text})


def _reported_failed(task: Task, said: Feedback) -> PlanningError:
    return PlanningError(
        ErrorCode.TASK_FAILED,
        f"{said.by or 'somebody'!r} reported that it failed{': ' + said.note if said.note else ''}",
        details={"task_id": task.task_id, "feedback": said.idempotency_key},
        recovery_suggestion="The run's policy decides what becomes of the plan; replan, or try the task again.",
    )
