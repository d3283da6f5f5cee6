"""The errors that stand between a task and its effect."""

from __future__ import annotations

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.task import Task
from groundplan.execution.budget import Budget


def no_executor(task: Task) -> PlanningError:
    """E5201: nobody can run this task."""
    needs = f"tool {task.tool!r}" if task.tool else f"type {task.task_type.value!r}"
    capabilities = f", capabilities {task.required_capabilities}" if task.required_capabilities else ""
    return PlanningError(
        ErrorCode.NO_EXECUTOR,
        f"no executor for task {task.task_id!r} ({needs}{capabilities})",
        details={"task_id": task.task_id, "tool": task.tool, "task_type": task.task_type.value},
        recovery_suggestion="Give PlanningService a tool of that name (tools=…), an agent (agents=…) or a model.",
    )


def over_budget(task: Task, budget: Budget) -> PlanningError:
    """E5500: the plan's budget does not allow this task any more."""
    tokens, cost = budget.need(task)
    return PlanningError(
        ErrorCode.RESOURCE_EXCEEDED,
        f"The plan's budget does not allow task {task.task_id!r}: it needs {tokens} tokens and {cost:g} in cost",
        details={"task_id": task.task_id, **budget.as_dict()},
        recovery_suggestion="Raise the goal's max_tokens or max_cost, or replan with a cheaper way.",
    )


def cut_off() -> PlanningError:
    """The error beside a claim whose runner is gone."""
    return PlanningError(
        ErrorCode.TASK_FAILED,
        "Its runner is gone; whether the effect happened is not known yet",
        recovery_suggestion="See `groundplan attend`.",
        retryable=True,
    )


def repeatable() -> PlanningError:
    """The error of an attempt that was cut off, once it is known that it may be made again."""
    return PlanningError(
        ErrorCode.TASK_FAILED,
        "Its runner was gone; the effect did not happen, or may be repeated with the same key",
        recovery_suggestion="Nothing: it is tried again.",
        retryable=True,
    )


def cancelled() -> PlanningError:
    """The error of an attempt that somebody cancelled in the middle."""
    return PlanningError(
        ErrorCode.TASK_FAILED,
        "It was cancelled in the middle of its effect",
        recovery_suggestion="Look whether the effect happened, then say so with `groundplan attend`.",
    )
