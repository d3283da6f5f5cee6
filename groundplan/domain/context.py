"""What a task may see when it runs: its bound inputs, the plan's surroundings, references to secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.frozen import Frozen
from groundplan.domain.outline import BINDING
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.task import Task

_PATH = re.compile(r"[^.\[\]]+")
_SECRET = "secret://"  # noqa: S105  # the scheme of a reference, no secret
MOST_CHARACTERS = 8_000_000
"""Of outputs that are bound into one task's inputs: a megabyte may be bound any number of times."""


class ContextScope(StrEnum):
    """How far a piece of context reaches."""

    TASK = "task"
    PLAN = "plan"
    GOAL = "goal"
    GLOBAL = "global"


class ExecutionContext(Frozen):
    """The inputs of a task with its bindings filled, and the domain context it was given.

    `secrets` maps places in the inputs (`key`, `headers.auth`, `list[0]`) to the texts there that refer to secrets,
    such as `Bearer secret://mail/token`. Only those are resolved, at the call: what an output brings in never is.
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
    is one binding and nothing else keeps the type of what it names; inside a text it becomes text, if need be as JSON.

    Raises:
        PlanningError: E5400 if a binding names an output that is not there, or all of them together are too large.
    """
    known = outputs if outputs is not None else {other.task_id: other.outputs for other in plan.tasks}
    room = _Room(task)
    return ExecutionContext(
        task_id=task.task_id,
        plan_id=plan.plan_id,
        goal_id=plan.goal_id,
        inputs={name: _filled(value, known, task, room) for name, value in task.inputs.items()},
        domain=dict(domain or {}),
        secrets=dict(_references(task.inputs)),
    )


class _Room:
    """How much may still be bound into the inputs of one task, in characters."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._left = MOST_CHARACTERS

    def take(self, value: Any) -> Any:
        """The value, if there is room for it. Raises PlanningError E5400 if not."""
        pending = [value]
        while pending and self._left >= 0:
            item = pending.pop()
            self._left -= len(item) if isinstance(item, str) else 1
            if isinstance(item, Mapping):
                self._left -= sum(map(len, item))
                pending.extend(item.values())
            elif isinstance(item, list):
                pending.extend(item)
        if self._left < 0:
            raise _too_large(self._task)
        return value


def _references(inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every text of the inputs, as planned, that refers to a secret, with its place."""
    pending: list[tuple[str, Any]] = list(inputs.items())[::-1]
    while pending:
        place, value = pending.pop()
        if isinstance(value, str):
            if _SECRET in value:
                yield place, value
        elif isinstance(value, Mapping):
            pending += [(f"{place}.{key}", item) for key, item in list(value.items())[::-1]]
        elif isinstance(value, list):
            pending += [(f"{place}[{number}]", item) for number, item in reversed(list(enumerate(value)))]


def _filled(value: Any, known: Mapping[str, Any], task: Task, room: _Room) -> Any:
    if isinstance(value, str):
        whole = BINDING.fullmatch(value)
        if whole:
            return room.take(_looked_up(whole, known, task))
        return BINDING.sub(lambda found: room.take(_as_text(_looked_up(found, known, task))), value)
    if isinstance(value, list):
        return [_filled(item, known, task, room) for item in value]
    if isinstance(value, dict):
        return {key: _filled(item, known, task, room) for key, item in value.items()}
    return value


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


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


def _too_large(task: Task) -> PlanningError:
    return PlanningError(
        ErrorCode.BINDING_INVALID,
        f"The outputs that are bound into the inputs of task {task.task_id!r} have more than "
        f"{MOST_CHARACTERS} characters",
        details={"task_id": task.task_id, "limit": MOST_CHARACTERS},
        recovery_suggestion="Bind a part of them, or let tasks store what is large and give back where it is.",
    )
