"""Numbers, moments and statuses in the words of a report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from groundplan.domain.durations import format_duration
from groundplan.domain.lifecycle import TaskStatus

DASH = "–"
_SIGNS = {
    TaskStatus.COMPLETED: "✓",
    TaskStatus.EXECUTING: "▶",
    TaskStatus.FAILED: "✗",
    TaskStatus.BLOCKED: "■",
    TaskStatus.IN_DOUBT: "?",
    TaskStatus.SKIPPED: DASH,
    TaskStatus.CANCELLED: "×",
    TaskStatus.COMPENSATED: "↺",
}
_MOST_NUMBERS = 12


def sign(status: TaskStatus) -> str:
    """One character for the status; nothing for a task that has not begun."""
    return _SIGNS.get(status, "")


def moment(at: datetime | None) -> str:
    """`2026-11-21 07:30`; a dash for none."""
    return f"{at:%Y-%m-%d %H:%M}" if at else DASH


def duration(seconds: float | None) -> str:
    """As `format_duration`; a dash for none."""
    return DASH if seconds is None else format_duration(seconds)


def amount(value: float | None, unit: str = "") -> str:
    """`1,234.50 USD`, `12` without a fraction where there is none; a dash for none."""
    if value is None:
        return DASH
    number = f"{value:,.0f}" if value == round(value) or abs(value) >= 10_000 else f"{value:,.2f}"
    return f"{number} {unit}".rstrip()


def ratio(value: float | None) -> str:
    """Two digits behind the point, none from a hundred on; a dash for none."""
    if value is None:
        return DASH
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def percent(value: float) -> str:
    """`40 %`: 100 only for what is done, 0 only for what was not begun."""
    shown = round(value)
    if shown == 100 and value < 100:
        shown = 99
    elif shown == 0 and value > 0:
        shown = 1
    return f"{shown} %"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 task`, `1,200 tasks`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def spelled(name: str) -> str:
    """The words of an identifier."""
    return name.replace("_", " ")


def number_list(numbers: Sequence[int]) -> str:
    """`1, 2, 5`; the rest of many is counted."""
    shown = ", ".join(map(str, numbers[:_MOST_NUMBERS]))
    left = len(numbers) - _MOST_NUMBERS
    return f"{shown} and {left:,} more" if left > 0 else shown
