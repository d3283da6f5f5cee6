"""How far tasks are: from the ledger and from what was told."""

from datetime import timedelta

import pytest

from groundplan.domain.feedback import Actuals
from groundplan.domain.ledger import EntryKind, LedgerEntry
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.progress_so_far import TaskReport, seconds_of_work, so_far
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from tests.plan_factories import NOW, plan, task

ESTIMATE = ResourceEstimate(duration=ThreePoint(100, 100, 100))


def at(seconds):
    return NOW + timedelta(seconds=seconds)


def line(kind, seconds, attempt=1, **fields):
    return LedgerEntry(task_id="t1", attempt=attempt, kind=EntryKind(kind), at=at(seconds), **fields)


def told(percent, seconds=10, attempt=1, **fields):
    return TaskReport(task_id="t1", attempt=attempt, percent=percent, heard_at=at(seconds), **fields)


def stands(*entries, reports=(), now=50):
    return so_far(plan(task(resource_estimate=ESTIMATE)), entries, reports, at(now))["t1"]


def test_a_task_that_nobody_began_has_nothing():
    found = stands()
    assert (found.status, found.percent, found.seconds, found.heard_at) == (TaskStatus.PENDING, 0, 0, None)


def test_a_completed_task_is_done_whatever_was_told():
    found = stands(line("claimed", 0), line("completed", 30, tokens=7, cost=2.0), reports=[told(40)])
    assert (found.percent, found.seconds, found.tokens, found.cost, found.ended_at) == (100, 30, 7, 2.0, at(30))


def test_a_report_says_how_far_it_is():
    found = stands(line("claimed", 0), reports=[told(80, seconds=20)])
    assert (found.percent, found.reported, found.heard_at) == (80, 80, at(20))


@pytest.mark.parametrize(("now", "percent"), [(25, 25), (50, 50), (400, 90), (-30, 0)])
def test_without_a_report_time_earns_all_but_the_last_tenth(now, percent):
    assert stands(line("claimed", 0), now=now).percent == percent


def test_a_report_on_an_attempt_before_says_nothing_of_this_one():
    lines = [line("claimed", 0), line("retrying", 30), line("claimed", 40, attempt=2)]
    found = stands(*lines, reports=[told(80)])
    assert (found.reported, found.percent, found.attempts, found.seconds) == (None, 10, 2, 40)


def test_a_percent_that_went_back_counts_and_is_noticed():
    found = stands(line("claimed", 0), reports=[told(30, highest=60)])
    assert (found.percent, found.went_back) == (30, True)
    assert not stands(line("claimed", 0), reports=[told(60, highest=60)]).went_back


def test_failed_work_has_earned_nothing_but_took_its_time():
    found = stands(line("claimed", 0), line("failed", 20, cost=1.0), reports=[told(90)])
    assert (found.percent, found.seconds, found.cost) == (0, 20, 1.0)


def test_what_was_told_of_costs_is_not_added_to_what_the_ledger_has():
    took = Actuals(duration_seconds=12, tokens=9, cost=1.5)
    found = stands(line("claimed", 0), line("completed", 30, tokens=9, cost=1.5), reports=[told(None, actuals=took)])
    assert (found.seconds, found.tokens, found.cost) == (12, 9, 1.5)


def test_progress_of_a_plan_that_is_run_elsewhere_counts():
    assert stands(reports=[told(40, attempt=0)]).percent == 40


def test_what_is_told_of_other_tasks_is_left_out():
    strange = TaskReport(task_id="gone", percent=5, heard_at=NOW)
    assert set(so_far(plan(), [], [strange], NOW)) == {"t1"}


def test_a_task_without_an_estimate_earns_only_by_reports():
    one = plan(task())
    assert so_far(one, [line("claimed", 0)], [], at(50))["t1"].percent == 0
    assert so_far(one, [line("claimed", 0)], [told(70)], at(50))["t1"].percent == 70


def test_a_clock_that_went_back_makes_no_work_negative():
    assert seconds_of_work([line("claimed", 50), line("completed", 20)], at(60)) == {"t1": 0.0}
