"""Where the tasks of a network go: in columns from left to right, in an order with few crossings.

The columns are the levels of the longest path (Sugiyama, Tagawa and Toda 1981), wide ones split as Coffman and Graham
(1972) bound them; the order within a column is by barycentres. Columns that do not fit side by side go on in the next
band, like the lines of a text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from groundplan.domain.dag import topological_order

_SWEEPS = 4


@dataclass(frozen=True)
class Layout:
    """`bands[b][c]` are the nodes of a column from top to bottom."""

    bands: list[list[list[int]]]


def layout(predecessors: Mapping[int, Sequence[int]], *, columns: int, rows: int) -> Layout:
    """Put the nodes into bands of so many columns of so many rows.

    Raises:
        PlanningError: E5301 for a cycle.
    """
    levels = _levels(predecessors)
    split = [level[at : at + rows] for level in _ordered(levels, predecessors) for at in range(0, len(level), rows)]
    return Layout([split[at : at + columns] for at in range(0, len(split), columns)])


def _levels(predecessors: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """`level(j) = 1 + max level(i), i → j`; 0 for a node that waits for none."""
    level: dict[int, int] = {}
    levels: list[list[int]] = []
    for number in topological_order(predecessors):
        at = max((level[before] + 1 for before in predecessors[number]), default=0)
        level[number] = at
        if at == len(levels):
            levels.append([])
        levels[at].append(number)
    return levels


def _ordered(levels: list[list[int]], predecessors: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """Every level sorted by the mean place of what its nodes wait for, then of what waits for them, and again."""
    successors: dict[int, list[int]] = {number: [] for number in predecessors}
    for number, before in predecessors.items():
        for other in before:
            successors[other].append(number)
    place = {number: _share(index, level) for level in levels for index, number in enumerate(level)}
    for sweep in range(_SWEEPS):
        neighbours: Mapping[int, Sequence[int]] = successors if sweep % 2 else predecessors
        for level in reversed(levels) if sweep % 2 else levels:
            level.sort(key=lambda number: _barycentre(number, neighbours[number], place))
            place.update((number, _share(index, level)) for index, number in enumerate(level))
    return levels


def _share(index: int, level: Sequence[int]) -> float:
    return (index + 0.5) / len(level)


def _barycentre(number: int, neighbours: Sequence[int], place: Mapping[int, float]) -> float:
    return sum(place[other] for other in neighbours) / len(neighbours) if neighbours else place[number]
