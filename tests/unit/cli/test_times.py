from datetime import UTC, datetime

import pytest

from groundplan.cli.render.times import duration, moment


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.26, "0.3 s"),
        (45, "45 s"),
        (59.97, "60 s"),
        (60, "1 min"),
        (90, "1.5 min"),
        (3599, "60 min"),
        (3600, "1 h"),
        (5400, "1.5 h"),
        (36_000, "10 h"),
        (86_400, "1 d"),
        (216_000, "2.5 d"),
        (8_640_000, "100 d"),
        (-5400, "-1.5 h"),
    ],
)
def test_durations_are_told_in_the_unit_that_fits(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_moments_are_told_to_the_minute() -> None:
    assert moment(datetime(2026, 1, 2, 3, 4, 59, tzinfo=UTC)) == "2026-01-02 03:04"
