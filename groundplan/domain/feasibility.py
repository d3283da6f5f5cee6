"""Constraints that cannot hold together, cut down until none of them can be left out.

Such a set is called an irreducible infeasible subset (van Loon 1981; found by deletion, Chinneck and Dravnieks 1991):
it is what somebody has to change something about, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

_MOST_DELETED = 100
"""Sets larger than that are only cut to the largest members that do: deletion asks about each member."""
_SAID = 5


@dataclass(frozen=True, slots=True)
class Conflict:
    """What cannot hold together.

    Attributes:
        path: where in the plan, as in findings.
        message: all of it in one sentence, with numbers.
        constraints: each constraint by itself; without any one of them the others hold together.
        task_ids: the tasks they are about.
    """

    path: str
    message: str
    constraints: tuple[str, ...]
    task_ids: tuple[str, ...]
    suggestion: str


def largest_exceeding(amounts: Sequence[tuple[T, float]], limit: float) -> list[tuple[T, float]]:
    """The fewest that together exceed the limit, the largest first; nothing if all together do not.

    Without any one of them the rest is within the limit: it is no more than the same number of the largest less one.
    """
    total, found = 0.0, []
    for item in sorted(amounts, key=lambda pair: -pair[1]):
        found.append(item)
        total += item[1]
        if total > limit:
            return found
    return []


def irreducible(items: Sequence[T], clash: Callable[[Sequence[T]], bool]) -> list[T]:
    """Items of which none can be left out without the clash going away; nothing if they do not clash.

    Args:
        items: no two of them the same object; the most important first: later ones are left out first.
        clash: whether a subset, in the order of `items`, cannot hold.
    """
    kept = _first_that_clash(items, clash)
    if len(kept) > _MOST_DELETED:
        return kept
    before = 0
    while len(kept) != before:  # what was needed beside one that went may not be needed without it
        before = len(kept)
        for item in list(reversed(kept)):
            without = [other for other in kept if other is not item]
            if clash(without):
                kept = without
    return kept


def _first_that_clash(items: Sequence[T], clash: Callable[[Sequence[T]], bool]) -> list[T]:
    """As few of the first items as a search by halves finds to clash."""
    if not clash(items):
        return []
    fewest, enough = 0, len(items)
    while fewest < enough:
        middle = (fewest + enough) // 2
        if clash(items[:middle]):
            enough = middle
        else:
            fewest = middle + 1
    return list(items[:enough])


def said(parts: Sequence[str], *, last: str = " and ") -> str:
    """The parts as one phrase; of many only the first, and how many more there are."""
    if len(parts) > _SAID:
        return f"{', '.join(parts[:_SAID])}{last}{len(parts) - _SAID} more"
    return last.join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
