"""A task as it is signed: every field that planning decides, told apart from values that are fixed here.

What is signed must not depend on defaults in code. A field that is left out means the value below, for ever: when a
default changes, a plan that was stored under the old one no longer matches its signature, instead of quietly meaning
something else. A new field gets a line here with the value that plans had in effect before it was there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundplan.domain.task import Task

_DEPENDENCY: Mapping[str, Any] = {
    "kind": "blocking", "condition": None, "output": None, "input": None, "order_only": False,
}  # fmt: skip
_RETRY_POLICY: Mapping[str, Any] = {
    "attempts": 1, "backoff_seconds": 1.0, "backoff_factor": 2.0, "max_backoff_seconds": 60.0, "jitter": 0.1,
    "retry_on": [],
}  # fmt: skip
_COMPENSATION: Mapping[str, Any] = {"tool": None, "inputs": {}}
_ESTIMATE: Mapping[str, Any] = {
    "duration": [0.0, 0.0, 0.0], "tokens": [0.0, 0.0, 0.0], "cost": [0.0, 0.0, 0.0], "cpu_cores": 0.0,
    "memory_mb": 0.0, "resources": {}, "currency": "USD", "basis": "",
}  # fmt: skip
_TASK: Mapping[str, Any] = {
    "description": "", "task_type": "atomic", "category": "", "phase": "", "tool": None, "dependencies": [],
    "inputs": {}, "resource_estimate": None, "timeout_seconds": None, "compensation": None,
    "condition": None, "sequence_order": 0, "required_capabilities": [], "alternatives": [], "excluded_agents": [],
    "success_criteria": [], "optional": False, "irreversible": False,
}  # fmt: skip
_PLANNED = {"task_id", "name", "retry_policy", *_TASK}
_NEVER = object()


def planned_task(task: Task) -> dict[str, Any]:
    """The fields of a task that planning decides, as JSON values, without those that have the fixed value."""
    said: dict[str, Any] = task.model_dump(mode="json", include=_PLANNED)
    if said["retry_policy"] == _RETRY_POLICY:
        del said["retry_policy"]
    else:
        said["retry_policy"] = _said(said["retry_policy"], _RETRY_POLICY)
    if said["dependencies"]:
        said["dependencies"] = [_said(dependency, _DEPENDENCY) for dependency in said["dependencies"]]
    if said["resource_estimate"] is not None:
        said["resource_estimate"] = _said(said["resource_estimate"], _ESTIMATE)
    if said["compensation"] is not None:
        said["compensation"] = _said(said["compensation"], _COMPENSATION)
    return _said(said, _TASK)


def _said(fields: Mapping[str, Any], fixed: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value != fixed.get(name, _NEVER)}
