"""Whether the inputs of a task fit the JSON Schema of its tool, as far as they are known at planning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.domain.outline import BINDING
from groundplan.domain.tools import ToolSpec


def argument_errors(tool: ToolSpec, inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What does not fit, as (path within the inputs, message).

    A value that is bound to an earlier output or to a secret has no type yet and is let through.
    """
    from jsonschema import Draft202012Validator

    for error in Draft202012Validator(tool.arguments).iter_errors(dict(inputs)):
        value = error.instance
        if isinstance(value, str) and (BINDING.search(value) or value.startswith("secret://")):
            continue
        path = "".join(f".{part}" if isinstance(part, str) else f"[{part}]" for part in error.absolute_path)
        yield path, error.message[:300]
