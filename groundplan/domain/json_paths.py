"""Changing one place in a JSON value, named by a path of keys, numbers and ids.

    with_value({"steps": [{"key": "a", "name": "Fetch"}]}, ["steps", "a", "name"], "Get")

An item of a list is named by its number (from 0), or by its id if it is an object that has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from groundplan.domain.errors import ErrorCode, PlanningError

ID_FIELDS = ("key", "task_id", "risk_id", "checkpoint_id", "name")
"""What names an object in a list, the first that it has."""


def with_value(document: Any, path: Sequence[str], value: Any) -> Any:
    """A copy of the document with the value at that place. The last key of an object may be new.

    Raises:
        PlanningError: E5600 if the path leads nowhere.
    """
    if not path:
        return value
    head, rest = path[0], path[1:]
    if isinstance(document, dict) and (head in document or not rest):
        return document | {head: with_value(document.get(head), rest, value)}
    place = place_of(head, document) if isinstance(document, list) else None
    if place is None:
        raise leads_nowhere(".".join(path), _known(document))
    return [with_value(item, rest, value) if number == place else item for number, item in enumerate(document)]


def place_of(name: str, items: Sequence[Any]) -> int | None:
    """The number of the item that is called so."""
    if name.isdecimal() and int(name) < len(items):
        return int(name)
    return next((number for number, item in enumerate(items) if id_of(item) == name), None)


def id_of(item: Any) -> str | None:
    """What names an object of a list."""
    if not isinstance(item, dict):
        return None
    return next((str(item[field]) for field in ID_FIELDS if field in item), None)


def leads_nowhere(path: str, known: Sequence[str]) -> PlanningError:
    """E5600 for a path of which `known` are the names there are instead."""
    shown = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    return PlanningError(
        ErrorCode.VALIDATION_FAILED,
        f"There is nothing at {path!r} that could be set",
        details={"path": path, "known": list(known[:100])},
        recovery_suggestion=f"There is: {shown}." if known else "What is there has no parts.",
    )


def _known(document: Any) -> list[str]:
    if isinstance(document, dict):
        return list(document)
    if isinstance(document, list):
        return [id_of(item) or str(number) for number, item in enumerate(document)]
    return []
