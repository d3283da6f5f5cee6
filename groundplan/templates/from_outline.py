"""A plan's outline as the fields of a template file."""

from __future__ import annotations

import re
from typing import Any

from groundplan.domain.outline import BINDING, Outline, OutlineStep
from groundplan.domain.task import DependencyKind

_DEFAULT_MINUTES = [5.0, 20.0, 90.0]


def template_fields(
    outline: Outline, *, template_id: str, title: str, verbs: list[str], objects: list[str]
) -> dict[str, Any]:
    """What `tomli_w` writes; `None` and empty values are left out."""
    keys = {step.key: f"s{number}" for number, step in enumerate(outline.steps, start=1)}
    return {
        "id": template_id,
        "version": "1",
        "title": title,
        "description": f"Saved from a plan made by {outline.origin.strategy}.",
        "match": {"clauses": [{"verbs": verbs, "objects": [objects]}]},
        "steps": [_step(step, keys) for step in outline.steps],
    }


def _step(step: OutlineStep, keys: dict[str, str]) -> dict[str, Any]:
    data = [wait for wait in step.depends_on if wait.kind is DependencyKind.DATA]
    conditional = [wait for wait in step.depends_on if wait.kind is DependencyKind.CONDITIONAL]
    bound = {wait.input for wait in data}
    fields: dict[str, Any] = {
        "key": keys[step.key],
        "name": step.name[:200],
        "description": step.description,
        "after": [keys[wait.key] for wait in step.depends_on if wait.kind is DependencyKind.BLOCKING],
        "needs": {str(wait.input): f"{keys[wait.key]}.{wait.output}" for wait in data},
        "only_if": {keys[wait.key]: wait.condition for wait in conditional},
        "minutes": [seconds / 60 for seconds in step.duration] if step.duration else _DEFAULT_MINUTES,
        "tokens": list(step.tokens) if step.tokens else None,
        "category": step.category,
        "phase": step.phase,
        "tool": step.tool,
        "inputs": {name: _renamed(value, keys) for name, value in step.inputs.items() if name not in bound},
        "success": step.success_criteria or [f"{step.name[:200]}: done"],
        "capabilities": step.required_capabilities,
        "alternative_tools": step.alternatives,
        "optional": step.optional or None,
        "irreversible": step.irreversible or None,
        "compensation": step.compensation.model_dump(exclude_none=True) if step.compensation else None,
        "retry": step.retry_policy.model_dump(exclude_defaults=True) if step.retry_policy else None,
    }
    return {name: _without_none(value) for name, value in fields.items() if value not in (None, "", [], {})}


def _without_none(value: Any) -> Any:
    """TOML has no null: a value that is None is left out."""
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_none(item) for item in value if item is not None]
    return value


def _renamed(value: Any, keys: dict[str, str]) -> Any:
    def rename(found: re.Match[str]) -> str:
        path = f".{found[2]}" if found[2] else ""
        return f"${{{keys.get(found[1], found[1])}.output{path}}}"

    return BINDING.sub(rename, value) if isinstance(value, str) else value
