"""Issues that monitoring opens, escalates and closes: once for each episode."""

from datetime import timedelta

import pytest

from groundplan.domain.escalation import EscalationRules, issue_id_of, next_issues
from groundplan.domain.feedback import Issue, IssueStatus
from groundplan.domain.monitoring import Trouble, TroubleKind
from groundplan.domain.risk import Impact
from tests.plan_factories import NOW


def at(hours):
    return NOW + timedelta(hours=hours)


def finding(kind="stuck", task_id="t1", severity="high", since=NOW):
    return Trouble(kind=kind, task_id=task_id, severity=severity, why="it was 12.5 s", since=since)


def after(known, issues):
    return list({issue.issue_id: issue for issue in [*known, *issues]}.values())


def said(issues):
    return [(issue.task_id, issue.status.value) for issue in issues]


def reported(**fields):
    known = {"plan_id": "p1", "issue_id": "i1", "title": "The key is lost", "severity": "medium", "status": "open"}
    return Issue(**(known | {"opened_by": "ada", "opened_at": NOW, "changed_at": NOW} | fields))


def test_trouble_opens_one_issue_for_each_task_and_kind():
    found = [finding(), finding("late"), finding("late", task_id=None), finding("went_back")]
    opened = next_issues("p1", found, [], NOW)
    assert said(opened) == [("t1", "open"), ("t1", "open"), (None, "open")]
    assert opened[0].title == "Task 't1': nothing has been heard of it for too long"
    assert len({issue.issue_id for issue in opened}) == 3
    assert next_issues("p1", found, opened, NOW) == []


def test_an_open_issue_is_enough_whatever_the_episode():
    opened = next_issues("p1", [finding()], [], NOW)
    assert next_issues("p1", [finding(since=at(0.1))], opened, at(0.2)) == []


@pytest.mark.parametrize(("severity", "hours"), [("high", 1), ("medium", 8), ("low", 72)])
def test_an_open_issue_is_escalated_at_its_age(severity, hours):
    found = [finding(severity=severity)]
    opened = next_issues("p1", found, [], NOW)
    assert next_issues("p1", found, opened, at(hours - 0.01)) == []
    (escalated,) = next_issues("p1", found, opened, at(hours))
    assert (escalated.status, escalated.changed_at, escalated.opened_at) == ("escalated", at(hours), NOW)
    assert next_issues("p1", found, [escalated], at(hours + 1)) == []


def test_a_critical_one_is_escalated_at_once():
    assert said(next_issues("p1", [finding(severity="critical")], [], NOW)) == [("t1", "escalated")]


@pytest.mark.parametrize(
    ("before", "status", "found", "becomes"),
    [
        ("high", "open", "critical", "escalated"),
        ("low", "open", "medium", "open"),
        ("medium", "escalated", "high", "escalated"),
    ],
)
def test_an_issue_whose_trouble_becomes_graver_is_raised(before, status, found, becomes):
    [opened] = next_issues("p1", [finding(severity=before)], [], NOW)
    known = [opened.model_copy(update={"status": IssueStatus(status)})]
    [raised] = next_issues("p1", [finding(severity=found, since=at(0.1))], known, at(0.2))
    assert (raised.issue_id, raised.severity, raised.status) == (opened.issue_id, found, becomes)
    assert next_issues("p1", [finding(severity=found), finding(severity="low")], [raised], at(0.3)) == []


def test_an_issue_whose_trouble_becomes_less_stays_as_grave_as_it_was():
    opened = next_issues("p1", [finding(severity="high")], [], NOW)
    assert next_issues("p1", [finding(severity="low")], opened, at(0.2)) == []


def test_an_issue_that_a_person_opened_ages_too():
    assert said(next_issues("p1", [], [reported()], at(8))) == [(None, "escalated")]


def test_a_severity_without_hours_is_never_too_old():
    rules = EscalationRules(hours={Impact.CRITICAL: 0})
    assert next_issues("p1", [], [reported()], at(1e4), rules) == []


def test_what_is_over_is_closed_but_not_what_a_person_opened():
    opened = next_issues("p1", [finding()], [], NOW)
    assert said(next_issues("p1", [], [*opened, reported()], at(0.5))) == [("t1", "closed")]


def test_the_third_time_is_escalated():
    known = []
    for number in range(3):
        found = [finding(since=at(number / 10), severity="low")]
        known = after(known, next_issues("p1", found, known, at(number / 10)))
        last = known[-1]
        known = after(known, next_issues("p1", [], known, at(number / 10)))
    assert last.status == "escalated"
    assert [issue.status.value for issue in known] == ["closed"] * 3


def test_what_a_person_closed_stays_closed_until_another_episode():
    opened = next_issues("p1", [finding()], [], NOW)
    closed = [opened[0].model_copy(update={"status": IssueStatus.CLOSED})]
    assert next_issues("p1", [finding()], closed, at(0.5)) == []
    assert said(next_issues("p1", [finding(since=at(0.4))], closed, at(0.5))) == [("t1", "open")]


def test_a_clock_that_went_back_escalates_nothing():
    opened = next_issues("p1", [finding()], [], NOW)
    assert next_issues("p1", [finding()], opened, at(-100)) == []


def test_two_who_find_the_same_give_it_the_same_id():
    assert issue_id_of("p1", finding()) == issue_id_of("p1", finding(severity="low"))
    assert issue_id_of("p1", finding()) != issue_id_of("p2", finding())
    assert TroubleKind.STUCK.value in issue_id_of("p1", finding())


def test_of_very_many_the_worst_are_opened():
    found = [finding(task_id=f"t{number}", severity="high" if number >= 990 else "low") for number in range(1000)]
    opened = next_issues("p1", found, [], NOW)
    assert len(opened) == 100
    assert {issue.severity.value for issue in opened[:10]} == {"high"}
    assert next_issues("p1", found, opened, NOW) == []
