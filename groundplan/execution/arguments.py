"""The arguments of an effect: bound, hashed, and as the ledger keeps them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic_core import to_jsonable_python

from groundplan.domain.context import inject_context
from groundplan.domain.ledger import TaskState, idempotency_key
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.task import Task


class Outputs(Mapping[str, Any]):
    """The outputs of completed tasks, read from their states when they are asked for."""

    def __init__(self, states: Mapping[str, TaskState]) -> None:
        self._states = states

    def __getitem__(self, task_id: str) -> Any:
        return self._states[task_id].output

    def __iter__(self) -> Any:
        return iter(self._states)

    def __len__(self) -> int:
        return len(self._states)


def bound_inputs(task: Task, plan: ExecutionPlan, outputs: Outputs) -> dict[str, Any]:
    """The task's inputs with its bindings filled; references to secrets stay references.

    Raises:
        PlanningError: E5400 for an output that is not there.
    """
    return inject_context(task, plan, outputs=outputs).inputs if task.inputs else {}


def key_of(task: Task, run_id: str, text: str) -> str:
    """The idempotency key: the task's own, or one made from run, task and arguments."""
    return task.idempotency_key or idempotency_key(run_id, task.task_id, hashlib.sha256(text.encode()).hexdigest())


def canonical_text(inputs: Mapping[str, Any]) -> str:
    """The arguments as one text, the same for equal arguments."""
    if not inputs:
        return "{}"
    return json.dumps(to_jsonable_python(inputs), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def kept(inputs: Mapping[str, Any], text: str, limit: int) -> dict[str, Any] | None:
    """What the ledger keeps of the arguments: all, or for large ones their size and hash."""
    if not inputs:
        return None
    if len(text) <= limit:
        return dict(inputs)
    return {"…": f"{len(text)} characters, sha256 {hashlib.sha256(text.encode()).hexdigest()}"}
