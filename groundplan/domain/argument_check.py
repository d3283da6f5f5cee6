"""Whether the inputs of a task fit the JSON Schema of its tool, as far as they are known at planning."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from groundplan.domain.outline import BINDING
from groundplan.domain.tools import ToolSpec

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

_JUDGING_PARTS = frozenset({"anyOf", "oneOf", "not", "contains", "enum", "const", "uniqueItems"})
"""Keywords whose verdict on a whole depends on the values of its parts."""


def argument_errors(tool: ToolSpec, inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What does not fit, as (path within the inputs, message).

    A value that is bound to an earlier output or to a secret has no type yet and is let through. A schema that
    cannot be used is said as an error of the inputs as a whole; nothing is fetched to resolve its references.
    """
    from referencing.exceptions import Unresolvable

    validator = _validator(json.dumps(tool.arguments))
    if isinstance(validator, str):
        yield "", f"cannot be checked, the schema of {tool.name} is invalid: {validator}"
        return
    try:
        errors = [error for error in validator.iter_errors(dict(inputs)) if not _is_open(error)]
    except (Unresolvable, RecursionError) as broken:
        yield "", f"cannot be checked, the schema of {tool.name} is invalid: {str(broken)[:300]}"
        return
    for error in errors:
        path = "".join(f".{part}" if isinstance(part, str) else f"[{part}]" for part in error.absolute_path)
        yield path, error.message[:300]


@lru_cache(maxsize=512)
def _validator(schema: str) -> Draft202012Validator | str:
    """The validator of a schema, or why there is none. jsonschema is imported here: it takes as long as pydantic."""
    from jsonschema import Draft202012Validator, SchemaError
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]  # it has no stubs

    arguments = json.loads(schema)
    try:
        Draft202012Validator.check_schema(arguments)
    except SchemaError as error:
        return error.message[:300]
    return Draft202012Validator(arguments, registry=REGISTRY)


def _is_open(error: ValidationError) -> bool:
    """Whether the verdict may change once bindings and secrets are filled in."""
    return _is_filled_later(error.instance) or (error.validator in _JUDGING_PARTS and _holds_open(error.instance))


def _is_filled_later(value: object) -> bool:
    return isinstance(value, str) and ("secret://" in value or BINDING.search(value) is not None)


def _holds_open(value: object) -> bool:
    if isinstance(value, dict):
        return any(_holds_open(item) for item in value.values())
    if isinstance(value, list):
        return any(_holds_open(item) for item in value)
    return _is_filled_later(value)
