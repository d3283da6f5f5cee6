from datetime import UTC, datetime

import pytest

from groundplan.cli.deadlines import parse_deadline

NOW = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("+90min", datetime(2026, 11, 21, 9, 0, tzinfo=UTC)),
        ("+3h", datetime(2026, 11, 21, 10, 30, tzinfo=UTC)),
        ("+2 d", datetime(2026, 11, 23, 7, 30, tzinfo=UTC)),
        ("+1w", datetime(2026, 11, 28, 7, 30, tzinfo=UTC)),
        ("2026-12-24", datetime(2026, 12, 24, 23, 59, 59, tzinfo=UTC)),
        ("2026-12-24T18:00", datetime(2026, 12, 24, 18, 0, tzinfo=UTC)),
        (" 2026-12-24T18:00+02:00 ", datetime(2026, 12, 24, 16, 0, tzinfo=UTC)),
        ("2026-12-24T18:00Z", datetime(2026, 12, 24, 18, 0, tzinfo=UTC)),
    ],
)
def test_deadlines_are_read_as_people_give_them(text: str, moment: datetime) -> None:
    assert parse_deadline(text, NOW) == moment


@pytest.mark.parametrize("text", ["", "soon", "+h", "+3y", "3h", "2026-13-01", "24.12.2026", "-3h"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_deadline(text, NOW)


def test_a_deadline_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(OverflowError):
        parse_deadline("+99999w", datetime(9000, 1, 1, tzinfo=UTC))
