"""The time axis."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.domain.schedule import Schedule
from groundplan.report import report_on
from groundplan.report.charts.axis import Scale, span_of, ticks
from tests.sample_plans import NOW, release_plan, small_plan, task
from tests.sample_reports import running_report

HOUR, DAY = 3_600, 86_400


def dated(span):
    """A report with a deadline, so that times go by the clock."""
    schedule = Schedule(makespan=span, deadline=NOW + timedelta(days=1), deadline_slack=DAY - span)
    return report_on(small_plan(task(1, "a", 1), schedule=schedule), made_at=NOW)


@pytest.mark.parametrize(
    ("span", "labels"),
    [
        (30, ["07:30:00", "07:30:05", "07:30:10", "07:30:15", "07:30:20", "07:30:25", "07:30:30"]),
        (2 * HOUR, ["07:30", "07:45", "08:00", "08:15", "08:30", "08:45", "09:00", "09:15", "09:30"]),
        (30 * HOUR, ["21 Nov 12:00", "21 Nov 18:00", "22 Nov 00:00", "22 Nov 06:00", "22 Nov 12:00"]),
        (6 * DAY, ["22 Nov", "23 Nov", "24 Nov", "25 Nov", "26 Nov", "27 Nov"]),
    ],
)
def test_ticks_are_at_full_hours_and_days(span, labels):
    assert [tick.label for tick in ticks(dated(span), span)] == labels


def test_a_plan_without_a_date_is_measured_from_its_start():
    report = report_on(small_plan(task(1, "a", 1)), made_at=NOW)
    assert [tick.label for tick in ticks(report, 4 * HOUR)] == [
        "0 s", "30 min", "1 h", "1 h 30 min", "2 h", "2 h 30 min", "3 h", "3 h 30 min", "4 h",
    ]  # fmt: skip


@given(st.floats(1e-3, 1e12))
def test_there_are_never_many_ticks_and_they_are_inside(span):
    for report in (dated(60.0), report_on(small_plan(task(1, "a", 1)), made_at=NOW)):
        found = ticks(report, span)
        assert len(found) <= 9
        assert all(0 <= tick.seconds <= span for tick in found)
        assert len({tick.label for tick in found}) == len(found)


def test_a_near_deadline_is_on_the_chart_and_a_far_one_is_not():
    near = release_plan()
    assert near.schedule is not None
    report = report_on(near, made_at=NOW)
    assert span_of(report) == pytest.approx(11 * HOUR * 1.02)
    far = near.schedule.model_copy(
        update={"deadline": NOW + timedelta(days=30), "deadline_slack": 29 * DAY + 13 * HOUR}
    )
    assert span_of(report_on(near.model_copy(update={"schedule": far}), made_at=NOW)) == pytest.approx(11 * HOUR * 1.02)


def test_the_chart_reaches_to_what_is_under_way():
    report = running_report()
    late = report.model_copy(update={"made_at": NOW + timedelta(hours=40)})
    assert span_of(late) == pytest.approx(40 * HOUR * 1.02)


def test_what_lies_beyond_is_at_the_edge():
    scale = Scale(span=10, left=100, width=50)
    assert [scale.x(at) for at in (-5, 0, 5, 10, 99)] == [100, 100, 125, 150, 150]
