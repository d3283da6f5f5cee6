"""Where a run stands, read off its ledger: what the next version of its plan need not count any more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from groundplan.domain.dag import topological_order
from groundplan.domain.frozen import as_utc
from groundplan.domain.ledger import TaskState
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.replanning import failed_tasks
from groundplan.domain.standing import Standing

_UNDER_WAY = frozenset({TaskStatus.EXECUTING, TaskStatus.IN_DOUBT})


def standing_of(plan: ExecutionPlan, states: Mapping[str, TaskState], now: datetime) -> Standing:
    """Where a run stands that goes on with the next version: what failed and is open is tried again."""
    tried_again = {task.task_id for task in failed_tasks(plan, states) if not task.optional}
    failed = [
        task_id
        for task_id, state in states.items()
        if state.status is TaskStatus.FAILED and (task_id not in tried_again or state.effect == "done")
    ]
    spent = {
        task_id: max(0.0, (as_utc(now) - state.started_at).total_seconds())
        for task_id, state in states.items()
        if state.status in _UNDER_WAY and state.started_at is not None
    }
    return Standing(over=_over(plan, states, failed), spent=spent)


def standing_after(plan: ExecutionPlan, states: Mapping[str, TaskState]) -> Standing:
    """Where the next run begins after one that is over: with what that one has completed."""
    return Standing(over=_over(plan, states, ()))


def _over(plan: ExecutionPlan, states: Mapping[str, TaskState], failed: Collection[str]) -> list[str]:
    """What was completed, what failed for good, and what was skipped for such outcomes alone: of the others, a
    skipped task waits to be looked at anew."""
    over = set(failed)
    waits = plan.dependency_graph.predecessors
    for task_id in topological_order(waits):
        status = states[task_id].status if task_id in states else TaskStatus.PENDING
        if status is TaskStatus.COMPLETED or (status is TaskStatus.SKIPPED and over.issuperset(waits[task_id])):
            over.add(task_id)
    return [task.task_id for task in plan.tasks if task.task_id in over]
