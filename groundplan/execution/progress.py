"""What a run has made of its plan: tasks with their results, and the result of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from groundplan.domain.execution import ExecutionRun
from groundplan.domain.ledger import TaskState
from groundplan.domain.lifecycle import PlanStatus, TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.results import PlanResult, TaskResult
from groundplan.domain.task import Task

_UNTOUCHED = TaskState()


def with_state(task: Task, state: TaskState) -> Task:
    """The task as its run has left it."""
    return task.model_copy(
        update={
            "status": state.status,
            "attempts": state.claims,
            "assigned_agent": state.agent or task.assigned_agent,
            "started_at": state.started_at,
            "completed_at": state.ended_at,
            "outputs": as_outputs(state.output),
            "error": state.error,
        }
    )


def as_outputs(output: Any) -> dict[str, Any]:
    """An output as the object that a task keeps: itself if it is one, else under `value`."""
    if output is None:
        return {}
    return dict(output) if isinstance(output, Mapping) else {"value": output}


def with_states(plan: ExecutionPlan, states: Mapping[str, TaskState]) -> ExecutionPlan:
    """The plan with what its run has made of its tasks so far."""
    tasks = [with_state(task, states[task.task_id]) if task.task_id in states else task for task in plan.tasks]
    return plan.model_copy(update={"tasks": tasks})


def as_run_by(plan: ExecutionPlan, run: ExecutionRun, states: Mapping[str, TaskState]) -> ExecutionPlan:
    """The plan with what this run, its latest, has made of it; of a version that is not run yet, with what that was
    made after: the completed tasks, which whoever runs it takes over."""
    if run.version != plan.version:
        states = {task_id: state for task_id, state in states.items() if state.status is TaskStatus.COMPLETED}
    return with_states(plan, states)


def result_of(
    plan: ExecutionPlan,
    states: Mapping[str, TaskState],
    status: PlanStatus,
    started: datetime | None,
    ended: datetime | None,
) -> PlanResult:
    """What came of the plan: a result for every task, and totals over all attempts."""
    took = (ended - started).total_seconds() * 1000 if started and ended else 0.0
    return PlanResult(
        plan_id=plan.plan_id,
        status=status,
        tasks={task.task_id: _result(task.task_id, states.get(task.task_id, _UNTOUCHED)) for task in plan.tasks},
        execution_time_ms=max(0.0, took),
        tokens=sum(state.tokens for state in states.values()),
        cost=sum(state.cost for state in states.values()),
    )


def _result(task_id: str, state: TaskState) -> TaskResult:
    seconds = (state.ended_at - state.started_at).total_seconds() if state.started_at and state.ended_at else 0.0
    return TaskResult(
        task_id=task_id,
        status=state.status,
        output=state.output,
        error=state.error,
        attempts=state.claims,
        duration_seconds=max(0.0, seconds),
    )
