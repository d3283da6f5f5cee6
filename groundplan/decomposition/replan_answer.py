"""The form that a model fills to change a plan: operations on numbered steps, and reading it.

Operations, not the list of what remains: small models leave steps out, number anew from 1 and repeat what is done. A
step that is left out of a list of operations stays, which is safe, and one that is done cannot be meant by mistake;
what a step carries beside its name (bindings, retries, how to undo it) need not be said again to be kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from groundplan.decomposition.json_in_text import object_in
from groundplan.decomposition.quoting import one_line
from groundplan.decomposition.schema import AnsweredStep
from groundplan.domain.tools import ToolSpec

_MOST_ERRORS = 8


class Action(StrEnum):
    """What is to be done with a step."""

    REPLACE = "replace"
    ADD = "add"
    DROP = "drop"
    KEEP = "keep"


_OTHER_WORDS = {
    "change": "replace", "modify": "replace", "update": "replace", "retry": "replace", "remove": "drop",
    "delete": "drop", "skip": "drop", "insert": "add", "create": "add", "new": "add",
}  # fmt: skip


class AnsweredChange(AnsweredStep):
    """One operation as a model says it."""

    action: Action
    name: str = Field(default="", max_length=400)

    @field_validator("action", mode="before")
    @classmethod
    def _in_our_words(cls, value: Any) -> Any:
        said = value.strip().lower() if isinstance(value, str) else value
        return _OTHER_WORDS.get(said, said) if isinstance(said, str) else said

    @field_validator("name", mode="before")
    @classmethod
    def _no_name_is_empty(cls, value: Any) -> Any:
        return "" if value is None else value


class AnsweredChanges(BaseModel):
    """A whole answer."""

    model_config = ConfigDict(extra="ignore")

    why: str = Field(default="", max_length=2_000)
    changes: list[AnsweredChange] = Field(min_length=1)


@dataclass(frozen=True)
class ChangeReading:
    """What came of an answer: operations and the reason, or what only the model can mend."""

    changes: tuple[AnsweredChange, ...] = ()
    why: str = ""
    errors: tuple[str, ...] = ()


def changes_schema(tools: Sequence[ToolSpec], most: int, capabilities: Sequence[str] = ()) -> dict[str, Any]:
    """The JSON Schema that the output is held to. Lengths are bounded because small models loop in strings."""
    tool: dict[str, Any] = {"type": "null"}
    if tools:
        tool = {"anyOf": [{"type": "string", "enum": [spec.name for spec in tools]}, {"type": "null"}]}
    properties: dict[str, Any] = {
        "action": {"type": "string", "enum": [Action.REPLACE.value, Action.ADD.value, Action.DROP.value]},
        "number": {"type": "integer"},
        "name": {"type": "string", "maxLength": 100},
        "tool": tool,
    }
    if any(spec.arguments for spec in tools):
        properties["inputs"] = {"type": "object"}
    properties["depends_on"] = {"type": "array", "items": {"type": "integer"}, "maxItems": 8}
    properties["minutes"] = {"type": "number"}
    if capabilities:
        offered = {"type": "string", "enum": list(capabilities)}
        properties["capabilities"] = {"type": "array", "items": offered, "maxItems": 4}
    change = {"type": "object", "properties": properties, "required": list(properties)}
    changes = {"type": "array", "items": change, "minItems": 1, "maxItems": most}
    whole = {"why": {"type": "string", "maxLength": 200}, "changes": changes}
    return {"title": "replan", "type": "object", "properties": whole, "required": list(whole)}


def read_changes(text: str, cut_off: bool, *, most: int) -> ChangeReading:
    """The operations of an answer."""
    if cut_off:
        return ChangeReading(errors=("It was cut off. Give fewer changes and shorter texts.",))
    found = object_in(text, "changes")
    if found is None:
        return ChangeReading(errors=("It is not one JSON object.",))
    try:
        answered = AnsweredChanges.model_validate(found)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False)]
        return ChangeReading(errors=tuple(problems[:_MOST_ERRORS]))
    if len(answered.changes) > most:
        return ChangeReading(errors=(f"It has {len(answered.changes)} changes; at most {most} are allowed.",))
    return ChangeReading(tuple(answered.changes), one_line(answered.why)[:400])
