import pytest
from hypothesis import given
from pydantic import ValidationError

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.feedback import ISSUE_STEPS, Feedback, IssueStatus, checked_feedback
from tests.plan_factories import json_values


def test_little_is_enough():
    said = Feedback(task_id="t", status="completed")
    assert (said.status, said.output, said.issues) == ("completed", None, [])
    assert said.idempotency_key != Feedback(task_id="t", status="completed").idempotency_key


def test_issues_may_be_plain_titles():
    assert [issue.title for issue in Feedback(issues=["No pen", {"title": "No ink"}]).issues] == ["No pen", "No ink"]


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "completed"},
        {"percent": 3},
        {"output": 1},
        {"task_id": "t", "output": 1},
        {"task_id": "t", "output": 1, "status": "failed"},
        {"task_id": "t", "percent": 101},
        {"task_id": "t", "percent": float("nan")},
        {"task_id": "t", "actuals": {"cost": -1}},
        {"task_id": "t", "actuals": {"cost": 1e13}},
        {"task_id": "t", "actuals": {"duration_seconds": 1.1e9}},
        {"task_id": "t", "actuals": {"cpu_cores": 1e13}},
        {"task_id": "t", "actuals": {"memory_mb": float("inf")}},
        {"task_id": "t", "status": "splendid"},
        {"issues": [{"title": " "}]},
        {"issues": [{"status": "closed"}]},
        {"issues": [{"issue_id": "i", "title": "a"}, {"issue_id": "i", "status": "closed"}]},
        {"issues": "No pen"},
        {"whatever": 1},
    ],
)
def test_what_does_not_hold_together_is_refused(fields):
    with pytest.raises(ValidationError):
        Feedback(**fields)


@given(json_values)
def test_the_same_content_has_the_same_digest(output):
    said = Feedback(task_id="t", status="completed", output=output, idempotency_key="k")
    assert Feedback.model_validate_json(said.model_dump_json()).digest == said.digest
    assert said.model_copy(update={"note": "x"}).digest != said.digest


def test_a_new_issue_gets_the_same_id_each_time_the_feedback_is_sent():
    said = Feedback(issues=["No pen", "No pen"], idempotency_key="k")
    first, second = (checked_feedback(said).issues for _ in range(2))
    assert first == second
    assert len({issue.issue_id for issue in first}) == 2


def test_texts_are_checked():
    for fields in ({"note": "a\u202eb"}, {"by": "a\nb"}, {"issues": ["a\x00b"]}, {"new_information": "a\x1bb"}):
        with pytest.raises(PlanningError) as raised:
            checked_feedback(Feedback(**fields))
        assert raised.value.code is ErrorCode.GOAL_REFUSED


def test_an_issue_that_is_closed_stays_so():
    assert ISSUE_STEPS[IssueStatus.CLOSED] == frozenset()
    assert IssueStatus.OPEN not in set().union(*ISSUE_STEPS.values())
