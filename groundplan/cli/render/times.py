"""Durations and moments in the words people use."""

from __future__ import annotations

from datetime import datetime

_UNITS = (("d", 86_400.0), ("h", 3_600.0), ("min", 60.0), ("s", 1.0))


def duration(seconds: float) -> str:
    """Seconds in the largest unit that gives at least one of it: `45 s`, `2.5 h`, `3 d`."""
    if seconds < 0:
        return f"-{duration(-seconds)}"
    for unit, size in _UNITS[:-1]:
        if seconds >= size:
            return f"{_number(seconds / size)} {unit}"
    return f"{_number(seconds)} s"


def moment(at: datetime) -> str:
    """A time in UTC to the minute: `2026-11-21 07:30`."""
    return at.strftime("%Y-%m-%d %H:%M")


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 10 or abs(value - round(value)) < 0.05 else f"{value:.1f}"
