"""Durations in human text."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.domain.durations import DurationRange, find_duration, format_duration, parse_duration

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("30 min", 30 * MINUTE, 30 * MINUTE),
        ("2 hours", 2 * HOUR, 2 * HOUR),
        ("45s", 45, 45),
        ("1-2 days", DAY, 2 * DAY),
        ("30 min - 1 hour", 30 * MINUTE, HOUR),
        ("between 30 minutes and 1 hour", 30 * MINUTE, HOUR),
        ("from 5 to 10 minutes", 5 * MINUTE, 10 * MINUTE),
        ("2 weeks", 14 * DAY, 14 * DAY),
        ("1 month", 28 * DAY, 31 * DAY),
        ("6 month", 168 * DAY, 186 * DAY),
        ("1 year", 365 * DAY, 366 * DAY),
        ("an hour and a half", 1.5 * HOUR, 1.5 * HOUR),
        ("two and a half hours", 2.5 * HOUR, 2.5 * HOUR),
        ("half a day", 0.5 * DAY, 0.5 * DAY),
        ("three quarters of an hour", 45 * MINUTE, 45 * MINUTE),
        ("twenty-five minutes", 25 * MINUTE, 25 * MINUTE),
        ("a couple of days", 2 * DAY, 2 * DAY),
        ("a few minutes", 3 * MINUTE, 5 * MINUTE),
        ("1h30m", 1.5 * HOUR, 1.5 * HOUR),
        ("1h30", 1.5 * HOUR, 1.5 * HOUR),
        ("1 day, 2 hours and 5 minutes", 93_900, 93_900),
        ("1:30:00", 1.5 * HOUR, 1.5 * HOUR),
        ("1:30 hours", 1.5 * HOUR, 1.5 * HOUR),
        ("PT1H30M", 1.5 * HOUR, 1.5 * HOUR),
        ("P1DT12H", 1.5 * DAY, 1.5 * DAY),
        ("P1M", 28 * DAY, 31 * DAY),
        ("1,000 seconds", 1000, 1000),
        ("1 000 s", 1000, 1000),
        ("0,5 hours", 0.5 * HOUR, 0.5 * HOUR),
        ("1.5 hours", 1.5 * HOUR, 1.5 * HOUR),
        ("2 1/2 hours", 2.5 * HOUR, 2.5 * HOUR),
        ("1½ h", 1.5 * HOUR, 1.5 * HOUR),
        ("about 2 hours", 2 * HOUR, 2 * HOUR),
        ("at least 2 hours", 2 * HOUR, 2 * HOUR),
        ("up to 2 hours", 0, 2 * HOUR),
        ("2 hours max", 0, 2 * HOUR),
        ("2 Stunden", 2 * HOUR, 2 * HOUR),
        ("une heure et demie", 1.5 * HOUR, 1.5 * HOUR),
        ("2 a 3 días", 2 * DAY, 3 * DAY),
        ("mezz'ora", 0.5 * HOUR, 0.5 * HOUR),
        ("30分钟", 30 * MINUTE, 30 * MINUTE),
    ],
)
def test_durations_are_read(text: str, low: float, high: float) -> None:
    assert parse_duration(text) == DurationRange(low, high)
    assert parse_duration(f"  {text.upper()} ") == DurationRange(low, high)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "5",
        "hour",
        "3 working days",
        "10-5 min",
        "-5 min",
        "1/0 hour",
        "30 minutes 1 hour",
        "1 day 1 day",
        "P",
        "PT",
        "1e5 s",
        "9" * 40 + " years",
        "1 hour of work",
        "x" * 100_000,
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="No duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("let it rest for 30 minutes (overnight is fine)", 30 * MINUTE),
        ("wait an hour", HOUR),
        ("Let dry for half a day.", 0.5 * DAY),
        ("1h30m of cooking", 1.5 * HOUR),
        ("takes about an hour and a half", 1.5 * HOUR),
        ("study 2 hours a day for 3 weeks", 21 * DAY),
        ("(about 45 minutes)", 45 * MINUTE),
    ],
)
def test_a_duration_is_found_in_a_step(text: str, seconds: float) -> None:
    assert find_duration(text) == DurationRange(seconds, seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Analyse the last 30 days of sales",
        "make a 10-second clip",
        "pay $5 an hour",
        "twice a day",
        "cut 5 m of rope",
        "a second coat",
        "for a second opinion",
        "2 years old",
        "5 minutes ago",
        "start at 9:30:00",
        "book 2 tickets",
        "use the 80s",
        "every 5 minutes",
        "a 30-day trial",
    ],
)
def test_other_mentions_of_time_are_not_found(text: str) -> None:
    assert find_duration(text) is None


def test_a_deadline_found_in_a_step_has_no_lower_end() -> None:
    assert find_duration("send it within 2 days") == DurationRange(0, 2 * DAY)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.02, "0.02 s"),
        (1.5, "1.5 s"),
        (45, "45 s"),
        (60, "1 min"),
        (5400, "1 h 30 min"),
        (3599.6, "1 h"),
        (100_000, "1 d 4 h"),
        (-120, "-2 min"),
        (14 * DAY, "14 d"),
    ],
)
def test_durations_are_shown_in_two_units(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.integers(10, 10**9))
def test_what_is_shown_is_read_back_within_its_smaller_unit(seconds: int) -> None:
    back = parse_duration(format_duration(seconds))
    unit = HOUR if seconds >= DAY - HOUR else MINUTE if seconds >= HOUR - MINUTE else 1
    assert back.low == back.high
    assert abs(back.low - seconds) <= unit


@pytest.mark.parametrize("seconds", [math.inf, math.nan])
def test_only_finite_durations_are_shown(seconds: float) -> None:
    with pytest.raises(ValueError, match="No duration"):
        format_duration(seconds)


@pytest.mark.parametrize(("low", "high"), [(2, 1), (-1, 1), (0, math.inf), (math.nan, 1)])
def test_a_range_is_finite_and_ordered(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="range"):
        DurationRange(low, high)


@given(st.text(max_size=200))
def test_any_text_is_a_duration_or_not(text: str) -> None:
    find_duration(text)
    try:
        parse_duration(text)
    except ValueError as error:
        assert str(error).startswith("No duration")


@pytest.mark.large
@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", ["1 ", "000 ", "one and a half ", "1h", "1-", "1 hour a day ", "between 1 ", "~", "p"]
)
def test_no_text_takes_long(piece: str) -> None:
    find_duration(piece * (100_000 // len(piece)))
