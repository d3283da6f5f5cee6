"""The order in which to read a list whose steps refer to later ones: what they say goes before how they are written.

1. Pay Bob, after 3      2. Check      3. Approve          →  2, 3, 1
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence

from groundplan.domain.dag import find_cycle
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.step_reading.items import Item

_SHOWN = 60

Said = Mapping[str, Sequence[str]]
"""Per step, by key, the steps that its text says it waits for."""


def check_said(said: Said, texts: Mapping[str, str]) -> None:
    """Pass if the steps can be done in the order that they ask for.

    Raises:
        PlanningError: E5301 with `details["cycle"]`, the texts of the steps, each waiting for the next one.
    """
    cycle = find_cycle(said)
    if cycle is None:
        return
    shown = [texts[key][:_SHOWN] for key in cycle]
    raise PlanningError(
        ErrorCode.DEPENDENCY_CYCLE,
        "The goal's steps wait for each other: " + " waits for ".join(map(repr, shown)),
        details={"cycle": shown},
        recovery_suggestion="Remove one of these references from the goal.",
    )


def arrange(
    root: Item, said: Said, keys: Mapping[int, str], beside: Mapping[int, Item]
) -> dict[int, list[Item]] | None:
    """For each heading (by identity) its entries in an order in which each comes after all that it refers to.

    Of entries that may come next the first in written order does. `beside` are the entries that run along with the
    one before them, which stay behind it. None if whole headings would have to come before each other.
    """
    found: dict[int, list[Item]] = {}
    headings = [root]
    while headings:
        heading = headings.pop()
        entries = _arranged(heading.children, said, keys, beside)
        if entries is None:
            return None
        found[id(heading)] = entries
        headings += [entry for entry in entries if entry.children]
    return found


def in_one_row(keys: Sequence[str], said: Said) -> list[str]:
    """All steps, each after those that it refers to, else in written order. `said` has no cycle."""
    order = _sorted(len(keys), _places(said, {key: place for place, key in enumerate(keys)}))
    return [keys[place] for place in order]


def _arranged(
    entries: Sequence[Item], said: Said, keys: Mapping[int, str], beside: Mapping[int, Item]
) -> list[Item] | None:
    place_of = {keys[id(leaf)]: place for place, entry in enumerate(entries) for leaf in entry.leaves()}
    before = _places(said, place_of)
    for place, entry in enumerate(entries):
        if id(entry) in beside and place:
            before.setdefault(place, set()).add(place - 1)
    order = _sorted(len(entries), before)
    return [entries[place] for place in order] if len(order) == len(entries) else None


def _places(said: Said, place_of: Mapping[str, int]) -> dict[int, set[int]]:
    before: dict[int, set[int]] = {}
    for key, place in place_of.items():
        others = {place_of[other] for other in said.get(key, ()) if other in place_of}
        if others - {place}:
            before.setdefault(place, set()).update(others - {place})
    return before


def _sorted(count: int, before: Mapping[int, set[int]]) -> list[int]:
    """The places 0 … count - 1, each after those before it; of several that may come next the lowest. Kahn's algorithm
    with a heap; those on or behind a cycle are left out."""
    waiting = {place: len(others) for place, others in before.items()}
    after: dict[int, list[int]] = {}
    for place, others in before.items():
        for other in others:
            after.setdefault(other, []).append(place)
    free = [place for place in range(count) if place not in waiting]
    order = []
    while free:
        place = heapq.heappop(free)
        order.append(place)
        for follower in after.get(place, ()):
            waiting[follower] -= 1
            if not waiting[follower]:
                heapq.heappush(free, follower)
    return order
