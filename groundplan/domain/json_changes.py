"""What differs between two JSON values, place by place."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from groundplan.domain.frozen import Frozen
from groundplan.domain.json_paths import id_of


class ChangeKind(StrEnum):
    """What happened at a place."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Change(Frozen):
    """One place that differs. `path` is its keys and numbers with dots between; an item of a list that has an id is
    found by that wherever it stands."""

    kind: ChangeKind
    path: str
    before: Any = None
    after: Any = None


def changes(before: Any, after: Any, path: str = "") -> list[Change]:
    """Every place that differs, in the order of the values; none for equal values."""
    return list(_changes(before, after, path))


def _changes(before: Any, after: Any, path: str) -> Iterator[Change]:
    if isinstance(before, list) and isinstance(after, list):
        before, after = _by_id(before, after)
    if not (isinstance(before, dict) and isinstance(after, dict)):
        if before != after or type(before) is not type(after):
            yield Change(kind=ChangeKind.CHANGED, path=path, before=before, after=after)
        return
    for key in [*before, *(key for key in after if key not in before)]:
        place = f"{path}.{key}" if path else str(key)
        if key not in after:
            yield Change(kind=ChangeKind.REMOVED, path=place, before=before[key])
        elif key not in before:
            yield Change(kind=ChangeKind.ADDED, path=place, after=after[key])
        else:
            yield from _changes(before[key], after[key], place)


def _by_id(before: list[Any], after: list[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both lists as objects: by the ids of their items if all have one of their own, else by number."""
    by_id = [_ids(items) for items in (before, after)]
    if all(ids is not None for ids in by_id) and (before or after):
        old, new = by_id[0] or [], by_id[1] or []
        return dict(zip(old, before, strict=True)), dict(zip(new, after, strict=True))
    return ({str(n): item for n, item in enumerate(before)}, {str(n): item for n, item in enumerate(after)})


def _ids(items: list[Any]) -> list[str] | None:
    ids = [name for item in items if (name := id_of(item)) is not None]
    return ids if len(ids) == len(set(ids)) == len(items) else None
