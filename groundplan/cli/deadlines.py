"""Deadlines and ages as people give them on a command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

import typer

_RELATIVE = re.compile(r"\+(\d{1,5})\s*(min|h|d|w)")
_AGE = re.compile(r"(\d{1,5})\s*(min|h|d|w)")
_UNITS = {"min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_deadline(text: str, now: datetime) -> datetime:
    """`+90min`, `+3h`, `+2d`, `+1w` from now; an ISO date (its end, UTC); or an ISO date and time (UTC if naive).

    Raises:
        ValueError: for anything else.
    """
    relative = _RELATIVE.fullmatch(text.strip())
    if relative:
        return now + timedelta(**{_UNITS[relative[2]]: int(relative[1])})
    moment = datetime.fromisoformat(text.strip())
    if len(text.strip()) == len("2026-12-24"):
        moment = datetime.combine(moment.date(), time(23, 59, 59))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def deadline_option(text: str | None) -> datetime | None:
    """The moment that an option names; None for none. Raises typer.BadParameter for what is no time."""
    if text is None:
        return None
    try:
        return parse_deadline(text, datetime.now(UTC))
    except (ValueError, OverflowError) as error:
        hint = "give 2026-12-24, 2026-12-24T18:00+01:00, +90min, +3h, +2d or +1w"
        raise typer.BadParameter(f"the deadline {text!r} is no time: {hint}") from error


def parse_age(text: str) -> timedelta:
    """`90min`, `12h`, `30d` or `8w`.

    Raises:
        ValueError: for anything else.
    """
    found = _AGE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"no age: {text[:80]!r}")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
