"""What progress makes of the risks of a plan."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.domain.ledger import TaskState
from groundplan.domain.lifecycle import PlanStatus, TaskStatus
from groundplan.domain.mitigation.kinds import RiskDecision
from groundplan.domain.reassessment import reassess
from groundplan.domain.resources import ResourceBudget
from groundplan.domain.risk import Impact, Risk, RiskCategory, RiskStatus
from groundplan.domain.schedule import Schedule, TaskWindow
from tests.plan_factories import NOW, plan, task

WINDOW = TaskWindow(0, 100, 50, 150, 50, 50)


def risk(rule="fan-in", category=RiskCategory.INTEGRATION, **fields):
    known = {"risk_id": rule, "description": "x", "probability": 0.4, "impact": Impact.MEDIUM, "task_ids": ["a"]}
    return Risk(rule=rule, category=category, **(known | fields))


def running(*risks, windows=(), deadline=None, **fields):
    schedule = Schedule(windows=dict.fromkeys(windows, WINDOW), makespan=150, deadline=deadline)
    known = {"status": PlanStatus.EXECUTING, "execution_started_at": NOW, "schedule": schedule}
    return plan(task("a"), task("b", "a"), risks=list(risks), **(known | fields))


def states(**by_id):
    return {task_id: TaskState(status=TaskStatus(status)) for task_id, status in by_id.items()}


def after(seconds):
    return NOW + timedelta(seconds=seconds)


def test_nothing_has_changed_where_nothing_happened():
    assert reassess(running(risk()), {}, after(10), spi=1.0, cpi=1.2) == []


@pytest.mark.parametrize("status", ["completed", "skipped", "cancelled", "compensated"])
def test_a_risk_is_over_once_its_tasks_are(status):
    [closed] = reassess(running(risk()), states(a=status), after(10))
    assert closed.status is RiskStatus.CLOSED
    assert reassess(running(closed), states(a=status), after(20)) == []


def test_a_risk_of_unfinished_tasks_stays_open():
    assert reassess(running(risk(task_ids=["a", "b"])), states(a="completed"), after(10)) == []


@pytest.mark.parametrize("rule", ["fan-in", "outside-dependency", "untested-tool", "unknown-tool"])
def test_a_risk_has_occurred_once_its_task_failed(rule):
    [occurred] = reassess(running(risk(rule, evidence="seen")), states(a="failed"), after(10))
    assert (occurred.status, occurred.probability) == (RiskStatus.OCCURRED, 1.0)
    assert occurred.evidence == "seen; task 'a' failed"
    assert reassess(running(occurred), states(a="completed", b="completed"), after(20)) == []


@pytest.mark.parametrize("rule", ["long-task", "irreversible-effect", "vague-success", "model"])
def test_a_failed_task_says_nothing_of_other_harm(rule):
    assert reassess(running(risk(rule, RiskCategory.TECHNICAL)), states(a="failed"), after(10)) == []


@pytest.mark.parametrize(("fields", "status"), [({}, "open"), ({"accepted": {"by": "ada", "at": NOW}}, "accepted")])
def test_a_risk_is_open_again_when_its_task_is_tried_again(fields, status):
    known = running(risk(**fields))
    [occurred] = reassess(known, states(a="failed"), after(10))
    tried = known.model_copy(update={"risks": [occurred]})
    assert reassess(tried, states(a="failed"), after(20)) == []
    [back] = reassess(tried, states(a="pending"), after(30))
    assert (back.status, back.probability, back.accepted) == (status, 0.4, known.risks[0].accepted)
    [again] = reassess(tried.model_copy(update={"risks": [back]}), states(a="failed"), after(40))
    assert again == occurred.model_copy(update={"status": again.status})


def test_what_is_not_known_closes_nothing():
    known = running(risk("long-task", RiskCategory.TIMELINE))
    behind = known.model_copy(update={"risks": reassess(known, {}, after(1), spi=0.5, cpi=0.5)})
    assert {one.rule for one in behind.risks} >= {"behind-schedule", "over-cost"}
    assert reassess(behind, {}, after(2)) == []


def test_a_deadline_that_passed_has_been_missed():
    deadline = risk("deadline", RiskCategory.TIMELINE)
    in_time = running(deadline, deadline=after(100))
    assert reassess(in_time, {}, after(99)) == []
    [missed] = reassess(in_time, {}, after(101))
    assert (missed.status, missed.evidence) == (RiskStatus.OCCURRED, "the deadline has passed")
    [met] = reassess(in_time, states(a="completed", b="completed"), after(101))
    assert met.status is RiskStatus.CLOSED


@pytest.mark.parametrize(
    ("limits", "spent", "evidence"),
    [
        ({"max_cost": 5}, {"cost": 5.5}, "5.50 of 5.00 spent"),
        ({"max_tokens": 10}, {"tokens": 11}, "11 of 10 tokens used"),
    ],
)
def test_a_budget_that_is_spent_has_been_exceeded(limits, spent, evidence):
    budget = risk("budget", RiskCategory.RESOURCE)
    [over] = reassess(running(budget, resource_budget=ResourceBudget(**limits)), {"a": TaskState(**spent)}, after(1))
    assert (over.status, over.evidence) == (RiskStatus.OCCURRED, evidence)
    assert reassess(running(budget, resource_budget=ResourceBudget(**limits)), {}, after(1)) == []


@given(st.floats(0, 3), st.floats(0, 1))
def test_an_index_raises_from_what_was_planned_however_often_it_is_looked_at(spi, planned):
    late = running(risk("long-task", RiskCategory.TIMELINE, probability=planned))
    found = {one.rule: one for one in reassess(late, {}, after(1), spi=spi)}
    once = found.get("long-task")
    assert ("behind-schedule" in found) == (spi < 0.9)
    if once is not None:
        assert planned < once.probability <= 1
        again = late.model_copy(update={"risks": list(found.values())})
        assert reassess(again, {}, after(2), spi=spi) == []


def test_an_index_that_recovers_takes_its_raise_back():
    late = running(risk("long-task", RiskCategory.TIMELINE))
    raised = reassess(late, {}, after(1), spi=0.5)
    assert {one.rule: one.probability for one in raised} == {"long-task": 0.7, "behind-schedule": 0.75}
    back = reassess(late.model_copy(update={"risks": raised}), {}, after(2), spi=1.0)
    assert {one.rule: (one.probability, one.status) for one in back} == {
        "long-task": (0.4, RiskStatus.OPEN),
        "behind-schedule": (0.75, RiskStatus.CLOSED),
    }


def test_money_raises_the_risk_to_the_budget():
    budget = running(risk("budget", RiskCategory.RESOURCE, probability=0.5))
    raised = reassess(budget, {}, after(1), cpi=0.6)
    assert {one.rule: one.probability for one in raised} == {"budget": 0.7, "over-cost": 0.7}
    assert {one.rule: one.impact for one in raised}["over-cost"] is Impact.HIGH


def test_a_task_that_has_not_begun_when_it_had_to_has_used_up_its_slack():
    slow = running(windows=["a", "b"])
    assert reassess(slow, states(a="executing"), after(50)) == []
    [one] = reassess(slow, states(a="executing"), after(51))
    assert (one.rule, one.task_ids, one.probability) == ("slack-used-up", ["b"], 0.6)
    [both] = reassess(slow.model_copy(update={"risks": [one]}), states(a="executing"), after(151))
    assert (both.risk_id, both.task_ids) == (one.risk_id, ["a", "b"])
    [over] = reassess(slow.model_copy(update={"risks": [both]}), states(a="completed", b="completed"), after(152))
    assert over.status is RiskStatus.CLOSED


def test_what_was_accepted_stays_so_while_it_lasts():
    slow = running(windows=["b"])
    [one] = reassess(slow, {}, after(60))
    decision = RiskDecision(by="ada", at=NOW)
    accepted = one.model_copy(update={"status": RiskStatus.ACCEPTED, "accepted": decision})
    assert reassess(slow.model_copy(update={"risks": [accepted]}), {}, after(61)) == []


def test_a_plan_that_was_not_begun_has_used_up_nothing():
    assert reassess(running(windows=["a"], execution_started_at=None), {}, after(1000)) == []


@given(st.lists(st.sampled_from(TaskStatus), min_size=2, max_size=2), st.integers(0, 300), st.none() | st.floats(0, 2))
def test_looking_twice_changes_nothing(kinds, seconds, index):
    known = running(
        risk(), risk("deadline", RiskCategory.TIMELINE), risk("budget", RiskCategory.RESOURCE), windows=["a", "b"],
        deadline=after(200),
    )  # fmt: skip
    here = dict(zip("ab", (TaskState(status=kind) for kind in kinds), strict=True))
    changed = {one.risk_id: one for one in reassess(known, here, after(seconds), spi=index, cpi=index)}
    kept = {one.risk_id: one for one in known.risks} | changed
    again = known.model_copy(update={"risks": list(kept.values())})
    assert reassess(again, here, after(seconds), spi=index, cpi=index) == []
