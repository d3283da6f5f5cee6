"""The lines of a Gantt chart, as characters: where a time falls, a task's bar, the axis, a resource's profile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from groundplan.cli.render.times import duration

CRITICAL, PLAIN, SLACK, BUFFER, INSTANT = "█", "▒", "·", "░", "◆"
_LEVELS = " ▁▂▃▄▅▆▇█"
_STEP = 20


@dataclass(frozen=True, slots=True)
class Scale:
    """So many seconds, drawn on so many columns."""

    seconds: float
    columns: int

    def column(self, moment: float) -> int:
        """The column in which the moment falls; the end falls in the last one."""
        if self.seconds <= 0:
            return 0
        return min(max(int(moment / self.seconds * self.columns + 1e-9), 0), self.columns - 1)

    def end(self, moment: float) -> int:
        """The column before which something that ends then is over."""
        if self.seconds <= 0:
            return 0
        return min(math.ceil(moment / self.seconds * self.columns - 1e-9), self.columns)


def bar(scale: Scale, start: float, finish: float, slack: float = 0.0, *, fill: str = PLAIN) -> str:
    """The bar from start to finish, at least a column wide, and its slack behind it; a diamond if it takes no time."""
    first = scale.column(start)
    last = max(scale.end(finish), first + 1)
    drawn = INSTANT if finish <= start else fill * (last - first)
    return (" " * first + drawn + SLACK * (scale.end(finish + slack) - last)).ljust(scale.columns)


def axis(scale: Scale) -> str:
    """Times at every twentieth column, each beginning where it falls."""
    line = ""
    for place in range(0, scale.columns, _STEP):
        label = duration(scale.seconds * place / scale.columns)
        if place + len(label) < scale.columns:
            line = line.ljust(place) + label
    return line.ljust(scale.columns)


def profile(scale: Scale, steps: Sequence[tuple[float, float]], capacity: float) -> str:
    """The most that is taken within each column, in eighths of the capacity."""
    most = [0.0] * scale.columns
    for place, (since, used) in enumerate(steps):
        until = steps[place + 1][0] if place + 1 < len(steps) else since
        for column in range(scale.column(since), scale.end(until)):
            most[column] = max(most[column], used)
    return "".join(_LEVELS[math.ceil(min(used / capacity, 1) * (len(_LEVELS) - 1))] for used in most)
