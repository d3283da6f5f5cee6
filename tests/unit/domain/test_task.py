from datetime import datetime

import pytest
from pydantic import ValidationError

from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.task import Compensation, DependencyKind, RetryPolicy, Task, TaskDependency, TaskType
from tests.plan_factories import LATER, NOW, task


def test_a_name_is_enough():
    made = Task(name="Write the report")
    assert (made.task_type, made.status, made.attempts) == (TaskType.ATOMIC, TaskStatus.PENDING, 0)
    assert made.dependencies == [] and made.inputs == {} and made.outputs == {}
    assert made.retry_policy == RetryPolicy(attempts=1)
    assert len(made.task_id) == 36


def test_the_stores_words_mean_the_same():
    made = Task(name="x", input_data={"a": 1}, output_data={"b": 2}, agent_id="ana", status="running")
    same = Task(
        task_id=made.task_id,
        name="x",
        inputs={"a": 1},
        outputs={"b": 2},
        assigned_agent="ana",
        status=TaskStatus.EXECUTING,
        created_at=made.created_at,
    )
    assert made == same
    assert (made.input_data, made.output_data, made.agent_id) == ({"a": 1}, {"b": 2}, "ana")


def test_two_words_for_one_thing_at_once_are_refused():
    with pytest.raises(ValidationError, match="input_data"):
        Task(name="x", inputs={}, input_data={"a": 1})


def test_it_is_written_in_its_own_words():
    assert {"inputs", "outputs", "assigned_agent"} < Task(name="x").model_dump().keys()


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (TaskType, "atomic compound tool_call llm_call"),
        (DependencyKind, "blocking conditional data"),
        (
            TaskStatus,
            "pending ready executing completed failed blocked skipped cancelled in_doubt compensated",
        ),
    ],
)
def test_enums_have_the_documented_values(kind, values):
    assert [member.value for member in kind] == values.split()


@pytest.mark.parametrize("tool", ["email.send", "git-hub.pull_request", "a.b.c", "Local.x9"])
def test_a_tool_is_named_by_its_domain(tool):
    assert Task(name="x", tool=tool).tool == tool


@pytest.mark.parametrize("tool", ["", "send", ".send", "email.", "email send.now", "email..send", "9a.b", "a.b\n"])
def test_a_tool_without_a_domain_is_refused(tool):
    with pytest.raises(ValidationError):
        Task(name="x", tool=tool)
    with pytest.raises(ValidationError):
        Compensation(description="x", tool=tool)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 401},
        {"task_id": ""},
        {"timeout_seconds": 0},
        {"timeout_seconds": float("inf")},
        {"sequence_order": -1},
        {"attempts": -1},
        {"status": "done"},
        {"owner": "ana"},
    ],
)
def test_what_does_not_fit_is_refused(wrong):
    with pytest.raises(ValidationError):
        Task(**({"name": "x"} | wrong))


def test_a_plain_dependency_blocks():
    assert TaskDependency(task_id="a").kind is DependencyKind.BLOCKING


def test_a_conditional_dependency_says_its_condition():
    assert TaskDependency(task_id="a", kind="conditional", condition="output.ok").condition == "output.ok"
    with pytest.raises(ValidationError, match="needs a condition"):
        TaskDependency(task_id="a", kind="conditional")


@pytest.mark.parametrize("given", [{}, {"output": "path"}, {"input": "file"}, {"output": "", "input": "file"}])
def test_a_data_dependency_names_both_ends(given):
    assert TaskDependency(task_id="a", kind="data", output="path", input="file").input == "file"
    with pytest.raises(ValidationError, match="names an output and the input"):
        TaskDependency(task_id="a", kind="data", **given)


@pytest.mark.parametrize(
    "wrong",
    [{"attempts": 0}, {"attempts": 101}, {"backoff_seconds": -1}, {"backoff_factor": 0.5}, {"jitter": 1.1}],
)
def test_a_retry_policy_has_bounds(wrong):
    with pytest.raises(ValidationError):
        RetryPolicy(**wrong)


def test_a_task_is_tried_once_unless_a_policy_says_more():
    assert RetryPolicy().model_dump() == {
        "attempts": 1,
        "backoff_seconds": 1.0,
        "backoff_factor": 2.0,
        "max_backoff_seconds": 60.0,
        "jitter": 0.1,
        "retry_on": [],
    }
    assert RetryPolicy(backoff_seconds=0, backoff_factor=1, max_backoff_seconds=0, jitter=1).jitter == 1


def test_counting_starts_at_nothing():
    assert Task(name="x", attempts=0, sequence_order=0).model_dump(include={"attempts", "sequence_order"}) == {
        "attempts": 0,
        "sequence_order": 0,
    }


def test_predecessors_come_once_each_in_their_order():
    twice = TaskDependency(task_id="b", kind="data", output="x", input="y")
    assert task("t", "b", "a", twice).predecessors == ["b", "a"]


def test_an_attempt_is_counted_and_timed():
    running = task(status="ready").to(TaskStatus.EXECUTING, now=NOW)
    assert (running.attempts, running.started_at, running.completed_at) == (1, NOW, None)
    done = running.to(TaskStatus.COMPLETED, now=LATER, outputs={"n": 1})
    assert (done.started_at, done.completed_at, done.outputs, done.attempts) == (NOW, LATER, {"n": 1}, 1)


def test_a_time_without_a_zone_is_utc():
    assert task(status="ready").to(TaskStatus.EXECUTING, now=datetime(2024, 3, 1, 12)).started_at == NOW


def test_a_failure_keeps_its_error_and_a_retry_clears_the_times():
    running = task(status="ready").to(TaskStatus.EXECUTING, now=NOW)
    failed = running.to(TaskStatus.FAILED, now=LATER, error={"code": "E5200"})
    assert (failed.completed_at, failed.error) == (LATER, {"code": "E5200"})
    again = failed.to(TaskStatus.READY, now=LATER)
    assert (again.started_at, again.completed_at, again.attempts) == (None, None, 1)
    assert again.error == {"code": "E5200"}
    second = again.to(TaskStatus.EXECUTING, now=LATER).to(TaskStatus.COMPLETED, now=LATER)
    assert (second.attempts, second.error) == (2, None)


def test_a_replanned_task_starts_from_nothing():
    failed = task(status="ready").to(TaskStatus.EXECUTING, now=NOW).to(TaskStatus.FAILED, now=LATER)
    assert failed.to(TaskStatus.PENDING, now=LATER).started_at is None


def test_what_the_caller_says_about_times_is_kept():
    running = task(status="ready").to(TaskStatus.EXECUTING, now=LATER, started_at=NOW, attempts=4)
    assert (running.started_at, running.attempts) == (NOW, 4)


def test_a_withdrawn_task_has_no_times():
    blocked = task().to(TaskStatus.BLOCKED, now=NOW)
    assert (blocked.started_at, blocked.completed_at) == (None, None)


@pytest.mark.parametrize(
    "more", [{"kind": "data", "output": "o", "input": "i"}, {"kind": "conditional", "condition": "c"}]
)
def test_only_a_blocking_dependency_can_be_one_of_order_alone(more):
    assert TaskDependency(task_id="a", order_only=True).order_only
    with pytest.raises(ValidationError, match="more than an order"):
        TaskDependency(task_id="a", order_only=True, **more)


def test_alternatives_are_tools():
    assert task("a", alternatives=["email.send"]).alternatives == ["email.send"]
    with pytest.raises(ValidationError):
        task("a", alternatives=["send"])
