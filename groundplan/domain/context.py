"""What a task may see when it runs: its bound inputs, the plan's surroundings, references to secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.frozen import Frozen
from groundplan.domain.outline import BINDING
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.task import Task

_PATH = re.compile(r"[^.\[\]]+")


class ContextScope(StrEnum):
    """How far a piece of context reaches."""

    TASK = "task"
    PLAN = "plan"
    GOAL = "goal"
    GLOBAL = "global"


class ExecutionContext(Frozen):
    """The inputs of a task with its bindings filled, and the domain context it was given.

    `secrets` maps input names to references `secret://name`; the values are resolved only at the call.
    """

    task_id: str
    plan_id: str
    goal_id: str
    scope: ContextScope = ContextScope.TASK
    inputs: dict[str, Any] = Field(default_factory=dict)
    domain: dict[str, Any] = Field(default_factory=dict)
    secrets: dict[str, str] = Field(default_factory=dict)


def inject_context(
    task: Task,
    plan: ExecutionPlan,
    *,
    outputs: Mapping[str, Any] | None = None,
    domain: Mapping[str, Any] | None = None,
) -> ExecutionContext:
    """Fill the task's bindings from the outputs of completed tasks.

    `outputs` maps task ids to outputs; without it, those recorded in the plan's tasks are used. An input that
    is one binding and nothing else keeps the type of what it names; inside a text it becomes text.

    Raises:
        PlanningError: E5400 if a binding names an output that is not there.
    """
    known = outputs if outputs is not None else {other.task_id: other.outputs for other in plan.tasks}
    inputs = {name: _filled(value, known, task) for name, value in task.inputs.items()}
    secrets = {
        name: value for name, value in task.inputs.items() if isinstance(value, str) and value.startswith("secret://")
    }
    return ExecutionContext(
        task_id=task.task_id,
        plan_id=plan.plan_id,
        goal_id=plan.goal_id,
        inputs=inputs,
        domain=dict(domain or {}),
        secrets=secrets,
    )


def _filled(value: Any, known: Mapping[str, Any], task: Task) -> Any:
    if isinstance(value, str):
        whole = BINDING.fullmatch(value)
        if whole:
            return _looked_up(whole, known, task)
        return BINDING.sub(lambda found: str(_looked_up(found, known, task)), value)
    if isinstance(value, list):
        return [_filled(item, known, task) for item in value]
    if isinstance(value, dict):
        return {key: _filled(item, known, task) for key, item in value.items()}
    return value


def _looked_up(found: re.Match[str], known: Mapping[str, Any], task: Task) -> Any:
    source, path = found[1], found[2] or ""
    current: Any = known.get(source)
    if source not in known:
        raise _unbound(task, found[0], f"no output of {source!r} is known")
    for part in _PATH.findall(path):
        if isinstance(current, Mapping) and part in current:
            current = current[part]
        elif isinstance(current, list) and part.isdecimal() and int(part) < len(current):
            current = current[int(part)]
        else:
            raise _unbound(task, found[0], f"its output has no {part!r}")
    return current


def _unbound(task: Task, binding: str, why: str) -> PlanningError:
    return PlanningError(
        ErrorCode.BINDING_INVALID,
        f"Task {task.task_id!r} needs {binding}, but {why}",
        details={"task_id": task.task_id, "binding": binding},
        recovery_suggestion="Check the binding's task id and path against what that task returns.",
    )
