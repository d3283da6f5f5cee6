"""Rolling back: the compensations of completed tasks, in the reverse of the order in which they completed.

Each is claimed in the ledger before it runs and recorded after, so that a rollback that is cut off goes on where it
was. A compensation that was cut off itself is run again with the same idempotency key: undoing twice has to be
harmless, which is what compensations are for (García-Molina & Salem 1987, "Sagas").
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from groundplan.domain.context import inject_context
from groundplan.domain.ledger import EntryKind, LedgerEntry, TaskState
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.task import Task
from groundplan.execution.arguments import Outputs
from groundplan.execution.journal import Unit
from groundplan.execution.outcome import described
from groundplan.execution.protocols import TaskCall
from groundplan.execution.work import Work
from groundplan.stores.run_protocol import Lease, RunStore

_BEGINNING = datetime.min


async def compensate_all(
    plan: ExecutionPlan, states: Mapping[str, TaskState], lease: Lease, store: RunStore, work: Work
) -> tuple[int, list[str]]:
    """Undo every completed task that can be; how many were, and the ids of those that were not."""
    undone, left = 0, []
    for task in _latest_first(plan, states):
        if await _compensated(task, plan, states, lease, store, work):
            undone += 1
        else:
            left.append(task.task_id)
    return undone, left


def _latest_first(plan: ExecutionPlan, states: Mapping[str, TaskState]) -> list[Task]:
    done = [task for task in plan.tasks if task.task_id in states and _is_done(states[task.task_id])]
    ended = {task.task_id: states[task.task_id].ended_at for task in done}
    order = {task_id: place for place, task_id in enumerate(plan.dependency_graph.topological_order())}
    return sorted(
        done,
        key=lambda task: ((ended[task.task_id] or _BEGINNING).timestamp(), order[task.task_id]),
        reverse=True,
    )


def _is_done(state: TaskState) -> bool:
    return state.status is TaskStatus.COMPLETED


async def _compensated(
    task: Task, plan: ExecutionPlan, states: Mapping[str, TaskState], lease: Lease, store: RunStore, work: Work
) -> bool:
    state = states[task.task_id]
    if not _can_undo(task, work):
        return False
    if not state.compensating:
        await _write(EntryKind.COMPENSATING, task, state, lease, store, work)
    try:
        async with asyncio.timeout(task.timeout_seconds or work.limits.timeout):
            await _undo(task, plan, states, lease, work)
    except Exception as error:  # noqa: BLE001  # one that cannot be undone does not keep the others from it
        await _write(EntryKind.NOT_COMPENSATED, task, state, lease, store, work, described(error))
        return False
    await _write(EntryKind.COMPENSATED, task, state, lease, store, work)
    return True


def _can_undo(task: Task, work: Work) -> bool:
    if task.compensation is not None and task.compensation.tool is not None:
        return work.executors.executor_for(_undoing(task)) is not None
    executor = work.executors.executor_for(task)
    return executor is not None and executor.declaration(task).compensate is not None


def _undoing(task: Task) -> Task:
    """The compensation as a task of its own."""
    undo = task.compensation
    assert undo is not None  # noqa: S101  # asked for by those who have looked
    return task.model_copy(update={"tool": undo.tool, "inputs": undo.inputs, "dependencies": [], "condition": None})


async def _undo(task: Task, plan: ExecutionPlan, states: Mapping[str, TaskState], lease: Lease, work: Work) -> None:
    outputs = Outputs(states)
    if task.compensation is not None and task.compensation.tool is not None:
        undoing = _undoing(task)
        executor = work.executors.executor_for(undoing)
        assert executor is not None  # noqa: S101  # `_can_undo` has looked
        await executor.run(await _call(undoing, plan, outputs, states, lease, work))
        return
    executor = work.executors.executor_for(task)
    compensate = executor.declaration(task).compensate if executor else None
    if compensate is not None:
        call = await _call(task, plan, outputs, states, lease, work)
        await compensate(call, states[task.task_id].output)


async def _call(
    task: Task, plan: ExecutionPlan, outputs: Outputs, states: Mapping[str, TaskState], lease: Lease, work: Work
) -> TaskCall:
    inputs: Mapping[str, Any] = inject_context(task, plan, outputs=outputs).inputs
    if work.secrets is not None:
        inputs, _ = await work.secrets.reveal(task, inputs)
    state = states[task.task_id]
    return TaskCall(
        task=task,
        plan_id=plan.plan_id,
        run_id=lease.run_id,
        attempt=state.attempt,
        idempotency_key=f"{state.key}:undo",
        inputs=inputs,
        domain=work.domain(plan, task),
        agent_id=state.agent,
    )


async def _write(
    kind: EntryKind,
    task: Task,
    state: TaskState,
    lease: Lease,
    store: RunStore,
    work: Work,
    error: dict[str, Any] | None = None,
) -> None:
    unit = Unit(lease, work.clock())
    unit.add(LedgerEntry(task_id=task.task_id, attempt=state.attempt, kind=kind, at=unit.at, error=error))
    await store.append(lease, unit.entries, unit.events)
