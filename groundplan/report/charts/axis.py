"""The time axis: which moments are marked, and how they are called."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from groundplan.domain.durations import format_duration
from groundplan.report.report import Report

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_STEPS = (
    1, 2, 5, 10, 15, 30,
    _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE,
    _HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR,
    _DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY, 28 * _DAY, 91 * _DAY, 182 * _DAY, 365 * _DAY,
)  # fmt: skip
_SHORTEST_BY_CLOCK = 10.0
_LONGEST_BY_CLOCK = 100 * 365 * _DAY
"""Seconds; a plan that is shorter or longer is measured from its start, not by clock and calendar."""


@dataclass(frozen=True)
class Scale:
    """Seconds from the start of the plan to pixels: `span` seconds take `width` pixels from `left` on."""

    span: float
    left: float
    width: float

    def x(self, seconds: float) -> float:
        """Where the moment is; at the edge if it lies beyond."""
        return self.left + self.width * min(max(seconds / self.span, 0.0), 1.0)


@dataclass(frozen=True)
class Tick:
    """A marked moment."""

    seconds: float
    label: str


def span_of(report: Report) -> float:
    """The seconds that a chart of the plan shows: all that is planned and has been, and the deadline if it is near."""
    seconds = [1e-3, report.timing.finish, *(line.planned[1] for line in report.tasks if line.planned)]
    ends = [line.ended_at or line.started_at for line in report.tasks if line.is_begun]
    if report.is_begun and report.ended_at is None:
        ends.append(report.made_at)
    seconds += [report.seconds(end) for end in ends if end]
    longest = max(seconds)
    deadline = deadline_of(report)
    if deadline is not None and longest < deadline <= 1.5 * longest:
        longest = deadline
    return longest * 1.02


def deadline_of(report: Report) -> float | None:
    """The deadline in seconds from the start."""
    return None if report.timing.deadline is None else report.seconds(report.timing.deadline)


def is_by_clock(report: Report, span: float) -> bool:
    """Whether moments are called by date and time, rather than by how long after the start they are."""
    named = report.is_begun or report.timing.deadline is not None
    return named and _SHORTEST_BY_CLOCK <= span <= _LONGEST_BY_CLOCK


def ticks(report: Report, span: float, most: int = 8) -> list[Tick]:
    """At most so many moments at even steps of seconds, minutes, hours or days."""
    step = _step(span / most)
    if not is_by_clock(report, span):
        return [Tick(at, _after(at, step)) for at in _every(step, 0.0, span)]
    offset = -(report.start.timestamp() % step) % step
    marked = [(at, report.moment(at)) for at in _every(step, offset, span)]
    several_days = len({moment.date() for _, moment in marked}) > 1
    return [Tick(at, _called(moment, step, with_date=several_days)) for at, moment in marked]


def _step(least: float) -> float:
    """The smallest step that is no shorter: of the list, or 1, 2, 5, 10 … years or ten-thousandths of a second."""
    if _STEPS[0] <= least <= _STEPS[-1]:
        return next(step for step in _STEPS if step >= least)
    return _decimal(least, float(_STEPS[-1]) if least > _STEPS[-1] else 1e-4)


def _decimal(least: float, unit: float) -> float:
    """The smallest of 1, 2, 5, 10, 20 … units that is no smaller."""
    while True:
        for factor in (1, 2, 5):
            if unit * factor >= least:
                return unit * factor
        unit *= 10


def even_steps(low: float, high: float, most: int) -> list[float]:
    """At most so many even steps between the two, at full seconds, minutes, hours or days."""
    step = _step((high - low) / most)
    first = step * math.ceil(low / step)
    return [at for at in _every(step, first, high) if at <= high]


def _every(step: float, first: float, span: float) -> list[float]:
    return [first + index * step for index in range(int((span - first) / step) + 1)] if first <= span else []


def even_amounts(high: float, most: int) -> list[float]:
    """As `even_steps` from 0 on, for what is counted in tens."""
    return _every(_decimal(high / most, 1e-6), 0.0, high)


def _after(seconds: float, step: float) -> str:
    return f"{seconds:.4g} s" if step < 1 else format_duration(seconds)


def _called(moment: datetime, step: float, *, with_date: bool) -> str:
    if step >= 364 * _DAY:
        return f"{moment:%b %Y}"
    day = f"{moment.day} {moment:%b}"
    if step >= _DAY:
        return day
    time = f"{moment:%H:%M:%S}" if step < _MINUTE else f"{moment:%H:%M}"
    return f"{day} {time}" if with_date else time
