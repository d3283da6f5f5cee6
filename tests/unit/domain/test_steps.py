from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from pydantic import ValidationError

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.steps import ExecutionStep, ReplanRequest, steps_of
from tests.plan_factories import LATER, NOW, chains_and_joins, plan, task


def step(number=2, **fields):
    return ExecutionStep(**({"step_number": number, "tool_name": "email.send", "description": "Send it"} | fields))


def test_a_step_needs_number_tool_and_description():
    made = step()
    assert (made.depends_on, made.status, made.completed_at) == ([], TaskStatus.PENDING, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"step_number": 0},
        {"tool_name": "send"},
        {"tool_name": "email.send now"},
        {"status": "done"},
        {"depends_on": [2]},
        {"depends_on": [3]},
        {"depends_on": [0]},
        {"depends_on": [1, 7]},
        {"completed_at": NOW, "failed_at": NOW},
        {"status": "completed", "failed_at": NOW},
        {"status": "failed", "completed_at": NOW},
        {"color": "red"},
    ],
)
def test_what_contradicts_itself_is_refused(wrong):
    with pytest.raises(ValidationError):
        step(**wrong)


@pytest.mark.parametrize("field", ["started_at", "completed_at", "failed_at"])
def test_no_time_lies_in_the_future_but_for_the_skew_of_clocks(field):
    with pytest.raises(ValidationError, match="future"):
        step(**{field: datetime.now(UTC) + timedelta(minutes=1)})
    assert step(**{field: datetime.now(UTC) + timedelta(seconds=2)})
    assert step(**{field: NOW.replace(tzinfo=None)}) == step(**{field: NOW})


@pytest.mark.parametrize("end", [{"status": "completed", "completed_at": NOW}, {"status": "failed", "failed_at": NOW}])
def test_a_step_is_either_completed_or_failed(end):
    assert step(**end).status == end["status"]


@given(chains_and_joins())
def test_a_plan_is_numbered_without_gaps_and_waits_look_back(tasks):
    made = plan(*reversed(tasks))
    steps = steps_of(made)
    assert [one.step_number for one in steps] == list(range(1, len(tasks) + 1))
    number = {one.description: one.step_number for one in steps}
    for work in tasks:
        found = steps[number[work.name] - 1].depends_on
        assert found == sorted(number[made.task(other).name] for other in work.predecessors)


def test_a_task_without_a_tool_is_shown_by_its_type():
    shown = steps_of(plan(task("a", tool="email.send"), task("b", task_type="llm_call"), task("c", description="D")))
    assert [one.tool_name for one in shown] == ["email.send", "local.llm_call", "local.atomic"]
    assert [one.description for one in shown] == ["Do a", "Do b", "D"]


def test_times_are_those_of_the_tasks():
    done = task("a", status="completed", started_at=NOW, completed_at=LATER)
    failed = task("b", status="failed", started_at=NOW, completed_at=LATER)
    first, second = steps_of(plan(done, failed))
    assert (first.started_at, first.completed_at, first.failed_at) == (NOW, LATER, None)
    assert (second.started_at, second.completed_at, second.failed_at) == (NOW, None, LATER)


def test_a_plan_with_a_cycle_has_no_steps():
    with pytest.raises(PlanningError) as caught:
        steps_of(plan(task("a", "b"), task("b", "a")))
    assert caught.value.code is ErrorCode.DEPENDENCY_CYCLE


def test_a_request_names_plan_reason_and_progress():
    request = ReplanRequest(
        current_plan=plan(task("a"), task("b")), reason="b failed", completed_steps=[1], failed_steps=[2]
    )
    assert request.execution_state == {}


@pytest.mark.parametrize(
    "wrong",
    [{"reason": ""}, {"completed_steps": [1], "failed_steps": [1]}, {"completed_steps": [3]}, {"failed_steps": [0]}],
)
def test_a_request_that_contradicts_itself_or_its_plan_is_refused(wrong):
    with pytest.raises(ValidationError):
        ReplanRequest(**({"current_plan": plan(task("a"), task("b")), "reason": "because"} | wrong))


def test_a_request_may_change_strategy_and_breakdown_and_add_notes():
    request = ReplanRequest(
        current_plan=plan(), reason="too slow", strategy="llm", breakdown="temporal", notes="Hurry."
    )
    assert (request.strategy, request.breakdown, request.notes) == ("llm", "temporal", "Hurry.")
    assert ReplanRequest(current_plan=plan(), reason="too slow").strategy is None
