"""The form that a model fills: a flat list of steps with numbers, as small models do best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any
from unicodedata import category

from pydantic import BaseModel, ConfigDict, Field, field_validator

from groundplan.domain.tools import ToolSpec

_DEEPEST = 12
_UNSTORABLE = frozenset({"Cc", "Cs"})
"""Controls and lone surrogates: Postgres takes neither NUL nor what UTF-8 cannot hold."""


class AnsweredStep(BaseModel):
    """One step as a model says it. Lenient in form (numbers as text), strict in size."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    number: int = Field(ge=0, le=10_000)
    name: str = Field(min_length=1, max_length=400)
    description: str = Field(default="", max_length=4_000)
    phase: str = Field(default="", max_length=200)
    tool: str | None = None
    inputs: dict[str, Any] = Field(default_factory=dict)
    depends_on: list[int] = Field(default_factory=list, max_length=200)
    minutes: float = Field(default=0.0, ge=0, le=5_000_000)
    success: str = Field(default="", max_length=1_000)
    compound: bool = False
    capabilities: list[str] = Field(default_factory=list, max_length=50)

    @field_validator("tool", mode="before")
    @classmethod
    def _none_in_words(cls, value: Any) -> Any:
        return None if isinstance(value, str) and value.strip().lower() in ("", "null", "none", "n/a") else value

    @field_validator("description", "phase", "success", mode="before")
    @classmethod
    def _nothing_is_empty(cls, value: Any) -> Any:
        return "" if value is None else value

    @field_validator("inputs", mode="before")
    @classmethod
    def _plain_inputs(cls, value: Any) -> Any:
        return {} if value is None else _plain(value, _DEEPEST)

    @field_validator("depends_on", "capabilities", mode="before")
    @classmethod
    def _nothing_is_none(cls, value: Any) -> Any:
        return [] if value is None else value


class AnsweredPlan(BaseModel):
    """A whole answer."""

    model_config = ConfigDict(extra="ignore")

    steps: list[AnsweredStep] = Field(min_length=1)


def answer_schema(tools: Sequence[ToolSpec], max_steps: int, capabilities: Sequence[str] = ()) -> dict[str, Any]:
    """The JSON Schema that the output is held to. Lengths are bounded because small models loop in strings."""
    tool: dict[str, Any] = {"type": "null"}
    if tools:
        tool = {"anyOf": [{"type": "string", "enum": [spec.name for spec in tools]}, {"type": "null"}]}
    properties: dict[str, Any] = {
        "number": {"type": "integer"},
        "name": {"type": "string", "maxLength": 100},
        "phase": {"type": "string", "maxLength": 40},
        "tool": tool,
        "depends_on": {"type": "array", "items": {"type": "integer"}, "maxItems": 8},
        "minutes": {"type": "number"},
        "success": {"type": "string", "maxLength": 100},
        "compound": {"type": "boolean"},
    }
    if any(spec.arguments for spec in tools):
        properties["inputs"] = {"type": "object"}
    if capabilities:
        offered = {"type": "string", "enum": list(capabilities)}
        properties["capabilities"] = {"type": "array", "items": offered, "maxItems": 4}
    step = {"type": "object", "properties": properties, "required": list(properties)}
    steps = {"type": "array", "items": step, "minItems": min(2, max_steps), "maxItems": max_steps}
    return {"title": "plan", "type": "object", "properties": {"steps": steps}, "required": ["steps"]}


def _plain(value: Any, depth: int) -> Any:
    """A free JSON value without the characters that no store takes; raises ValueError for what is no such value."""
    if depth == 0:
        raise ValueError("is nested too deep")
    if isinstance(value, str):
        return "".join(" " if category(sign) in _UNSTORABLE and sign not in "\n\t" else sign for sign in value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("holds a number that JSON does not have")
    if isinstance(value, list):
        return [_plain(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {_plain(key, depth - 1): _plain(item, depth - 1) for key, item in value.items()}
    return value
