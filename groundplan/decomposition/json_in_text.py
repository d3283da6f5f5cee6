"""Finding the one JSON object of an answer, whatever prose or fence a model puts around it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

_LONGEST = 400_000
_MOST_STARTS = 200
"""Bounds on the search, so that an answer of nothing but braces costs milliseconds."""


def object_in(text: str, key: str) -> dict[str, Any] | None:
    """The only JSON object in the text that has `key`, or the only one at all; None if it is not clear which.

    A bare list of objects that is the whole text is taken as the value of `key`.
    """
    stripped = text.strip()
    if len(stripped) > _LONGEST:
        return None
    whole = _parsed(stripped)
    if isinstance(whole, dict):
        return whole
    if isinstance(whole, list):
        return {key: whole} if whole and all(isinstance(item, dict) for item in whole) else None
    found = list(_objects(stripped))
    meant = [item for item in found if key in item] or found
    return meant[0] if len(meant) == 1 else None


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The outermost objects that can be read, in order."""
    start = text.find("{")
    for _ in range(_MOST_STARTS):
        if start < 0:
            return
        try:
            item, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            yield item
        start = text.find("{", end)


def _parsed(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_number)
