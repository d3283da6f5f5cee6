"""What a report says, by the plan and what is known of it."""

import shlex
from datetime import timedelta

import pytest

from groundplan.domain.ledger import EntryKind
from groundplan.domain.lifecycle import PlanStatus, TaskStatus
from groundplan.report import Known, Report, report_on
from groundplan.report.facts import facts
from groundplan.report.words import amount, duration, moment, number_list, percent
from tests.sample_plans import NOW, decided, release_plan, request, small_plan, task
from tests.sample_reports import entry, hours, phased_plan, running_report


def test_a_plan_that_was_not_begun_starts_when_its_schedule_says():
    report = report_on(release_plan(), made_at=NOW + timedelta(days=3))
    assert not report.is_begun
    assert report.start == NOW - timedelta(hours=0)
    assert report.planned_finish == NOW + timedelta(hours=11)
    assert report.earned is None
    assert report.forecast_finish is None
    assert report.percent == 0
    assert [risk.risk_id for risk in report.risks] == ["r1", "r2"]


def test_a_running_plan_is_measured_by_its_ledger():
    report = running_report()
    states = [(line.status, line.percent, line.agent) for line in report.tasks[:4]]
    assert states == [
        (TaskStatus.COMPLETED, 100, "ada"),
        (TaskStatus.EXECUTING, 40, "ben"),
        (TaskStatus.FAILED, 0, "ada"),
        (TaskStatus.PENDING, 0, ""),
    ]
    assert report.tasks[2].trouble == "The runner did not answer"
    assert report.cost == pytest.approx(1.75)
    assert report.earned is not None
    assert report.percent == pytest.approx(100 * (2 + 0.4 * 3) / 11)
    assert report.forecast_finish is not None
    assert report.forecast_finish > report.made_at


def test_it_says_what_waits_for_a_person():
    assert [waiting.what for waiting in running_report().waiting] == [
        "Version 2 waits for approval",
        "Issue of task 2 was escalated",
    ]
    doubtful = Known(entries=[entry("t1", EntryKind.CLAIMED, 0), entry("t1", EntryKind.IN_DOUBT, 1)])
    [doubt] = report_on(release_plan(), made_at=hours(2), known=doubtful).waiting
    assert "Task 1 'Build the release' is in doubt" in doubt.what
    assert "--task t1" in doubt.how
    assert report_on(release_plan(), made_at=NOW, known=Known(approval=decided())).waiting == []
    assert len(report_on(release_plan(), made_at=NOW, known=Known(approval=request())).waiting) == 1


def test_a_command_that_is_copied_runs_nothing_else():
    plan = small_plan(task(1, "a", 1).model_copy(update={"task_id": "x; rm -rf /"}))
    doubtful = Known(entries=[entry("x; rm -rf /", kind, 1) for kind in (EntryKind.CLAIMED, EntryKind.IN_DOUBT)])
    [doubt] = report_on(plan, made_at=hours(2), known=doubtful).waiting
    assert shlex.split(doubt.how)[3:5] == ["--task", "x; rm -rf /"]


def test_a_finished_plan_is_done_and_has_no_forecast():
    plan = small_plan(
        *(task(n, f"Do {n}", 1, status=TaskStatus.COMPLETED, started_at=NOW, completed_at=hours(n)) for n in (1, 2)),
        status=PlanStatus.COMPLETED,
        execution_started_at=NOW,
        completed_at=hours(2),
    )
    report = report_on(plan, made_at=hours(50))
    assert report.percent == 100
    assert report.forecast_finish is None
    assert [fact.name for fact in facts(report)][:3] == ["Status", "Done", "Ended"]
    assert facts(report)[2].note == "took 2 h, 0 s planned"


def test_it_survives_being_written_and_read():
    report = running_report()
    assert Report.model_validate_json(report.model_dump_json()) == report
    document = report.document()
    assert document["earned"]["spi"] == report.earned.spi
    assert document["percent"] == report.percent


def test_phases_and_milestones_are_those_of_the_schedule():
    report = report_on(phased_plan(), made_at=NOW)
    assert [line.phase for line in report.tasks] == ["Build"] * 3 + ["Deploy"] * 3
    assert [phase.name for phase in report.phases] == ["Build", "Deploy"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0 %"), (0.2, "1 %"), (40, "40 %"), (99.9, "99 %"), (100, "100 %")],
)
def test_only_what_is_done_is_a_hundred_percent(value, shown):
    assert percent(value) == shown


def test_numbers_in_words():
    assert [amount(value, "USD") for value in (None, 12.0, 12.345, 12_345.6)] == [
        "–",
        "12 USD",
        "12.35 USD",
        "12,346 USD",
    ]
    assert duration(None) == moment(None) == "–"
    assert number_list(list(range(1, 15))) == "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 2 more"
