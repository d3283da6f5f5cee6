"""Rolling back: the compensations of completed tasks, in the reverse of the order in which they completed.

Each is claimed in the ledger before it runs and recorded after, so that a rollback that is cut off goes on where it
was. A compensation that was cut off itself is run again with the same idempotency key: undoing twice has to be
harmless, which is what compensations are for (García-Molina & Salem 1987, "Sagas").
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from groundplan.domain.context import inject_context
from groundplan.domain.ledger import EntryKind, LedgerEntry, fold, in_order_of_completion
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.task import Task
from groundplan.execution.arguments import Outputs
from groundplan.execution.journal import Unit
from groundplan.execution.lease import HeldLease
from groundplan.execution.outcome import described
from groundplan.execution.protocols import Compensate, Executor, InDoubtError, TaskCall
from groundplan.execution.work import Masks, Work
from groundplan.stores.run_protocol import RunStore


async def compensate_all(
    plan: ExecutionPlan, entries: Sequence[LedgerEntry], held: HeldLease, store: RunStore, work: Work
) -> tuple[int, list[str], list[str]]:
    """Undo every completed task that can be; how many were, the ids of those that cannot be, and of those whose
    undoing failed and may be tried again.

    A task in doubt cannot be: what may not have happened cannot be undone before somebody has looked.

    Raises:
        PlanningError: E5205 if another runner has taken over, E5800 if the database stays away.
    """
    rollback = _Rollback(plan, entries, held, store, work)
    tasks = {task.task_id: task for task in plan.tasks}
    done = [task_id for task_id in reversed(in_order_of_completion(entries)) if rollback.is_done(task_id)]
    came_to = {task_id: await rollback.undone(tasks[task_id]) for task_id in done}
    left = [task_id for task_id, undone in came_to.items() if undone is None]
    failed = [task_id for task_id, undone in came_to.items() if undone is False]
    doubtful = [task_id for task_id in tasks if rollback.is_in_doubt(task_id)]
    return len(done) - len(left) - len(failed), left + doubtful, failed


class _Rollback:
    """One run's rollback under one lease."""

    def __init__(
        self, plan: ExecutionPlan, entries: Sequence[LedgerEntry], held: HeldLease, store: RunStore, work: Work
    ) -> None:
        self._plan = plan
        self._states = fold(entries)
        self._held = held
        self._store = store
        self._work = work

    def is_done(self, task_id: str) -> bool:
        return self._states[task_id].status is TaskStatus.COMPLETED

    def is_in_doubt(self, task_id: str) -> bool:
        return task_id in self._states and self._states[task_id].status is TaskStatus.IN_DOUBT

    async def undone(self, task: Task) -> bool | None:
        """Undo one task; False if that failed, None if it cannot be undone."""
        undoing = _undoing(task)
        executor = self._work.executors.executor_for(undoing)
        compensate = executor.declaration(task).compensate if executor is not None else None
        if executor is None or (undoing is task and compensate is None):
            return None
        state = self._states[task.task_id]
        if not state.compensating:
            state.attempt += 1  # a number of its own for each time that it is tried
            await self._write(EntryKind.COMPENSATING, task)
        error = await self._error_of(task, undoing, executor, compensate if undoing is task else None)
        if error is not None:
            await self._write(EntryKind.NOT_COMPENSATED, task, error)
        elif not executor.declaration(undoing).transactional:
            await self._write(EntryKind.COMPENSATED, task)
        return error is None

    async def _error_of(
        self, task: Task, undoing: Task, executor: Executor, compensate: Compensate | None
    ) -> dict[str, Any] | None:
        """Undo it; the error if that fails, which does not keep other tasks from being undone."""
        masks: Masks | None = None
        if not self._held.is_sure():
            await self._held.renew()
        try:
            async with asyncio.timeout(undoing.timeout_seconds or self._work.limits.timeout):
                call, masks = await self._call(undoing)
                if executor.declaration(undoing).transactional:
                    await self._joined(executor, task, call, compensate)
                else:
                    await self._undo(executor, task, call, compensate)
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            return described(InDoubtError("the code that undoes it cancelled itself"))
        except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a tool raises is the end of its attempt
            told: dict[str, Any] = masks.mask(described(error)) if masks is not None else described(error)
            return told
        return None

    async def _undo(self, executor: Executor, task: Task, call: TaskCall, compensate: Compensate | None) -> None:
        if compensate is not None:
            await compensate(call, self._states[task.task_id].output)
        else:
            await executor.run(call)

    async def _joined(self, executor: Executor, task: Task, call: TaskCall, compensate: Compensate | None) -> None:
        """Undo it and say so in one transaction: exactly once."""
        async with self._store.joined(self._held.lease) as joined:
            await self._undo(executor, task, replace(call, connection=joined.connection), compensate)
            unit = self._unit(EntryKind.COMPENSATED, task)
            await joined.write(unit.entries[0], unit.events)

    async def _call(self, task: Task) -> tuple[TaskCall, Masks | None]:
        state = self._states[task.task_id]
        doer = task if state.agent is None else task.model_copy(update={"assigned_agent": state.agent})
        self._work.access.check_tool(doer)
        inputs: Mapping[str, Any] = inject_context(task, self._plan, outputs=Outputs(self._states)).inputs
        masks: Masks | None = None
        if self._work.secrets is not None:
            inputs, masks = await self._work.secrets.reveal(doer, inputs)
        call = TaskCall(
            task=task,
            plan_id=self._plan.plan_id,
            run_id=self._held.lease.run_id,
            attempt=state.attempt,
            idempotency_key=f"{state.key}:undo",
            inputs=inputs,
            domain=self._work.domain(self._plan, task),
            agent_id=state.agent,
        )
        return call, masks

    async def _write(self, kind: EntryKind, task: Task, error: dict[str, Any] | None = None) -> None:
        unit = self._unit(kind, task, error)
        await self._store.append(self._held.lease, unit.entries, unit.events)

    def _unit(self, kind: EntryKind, task: Task, error: dict[str, Any] | None = None) -> Unit:
        unit = Unit(self._held.lease, self._work.clock())
        attempt = self._states[task.task_id].attempt
        unit.add(LedgerEntry(task_id=task.task_id, attempt=attempt, kind=kind, at=unit.at, error=error))
        return unit


def _undoing(task: Task) -> Task:
    """The compensation as a task of its own; the task itself if its tool is what undoes it."""
    undo = task.compensation
    if undo is None or undo.tool is None:
        return task
    return task.model_copy(update={"tool": undo.tool, "inputs": undo.inputs, "dependencies": [], "condition": None})
