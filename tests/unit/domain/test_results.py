import pytest

from groundplan.domain.lifecycle import PlanStatus, TaskStatus
from groundplan.domain.results import PlanResult, TaskResult

A = TaskResult(task_id="a", status="completed", output={"n": 1}, attempts=1, duration_seconds=2.5)
B = TaskResult(task_id="b", status="failed", error={"code": "E5200"}, attempts=3)
RESULT = PlanResult(plan_id="p", status="failed", tasks={"a": A, "b": B}, execution_time_ms=3000, tokens=10, cost=0.5)


def test_it_reads_like_a_dictionary_of_task_results():
    assert RESULT["a"].output == {"n": 1}
    assert list(RESULT) == list(RESULT.keys()) == ["a", "b"]
    assert list(RESULT.values()) == [A, B]
    assert dict(RESULT) == dict(RESULT.items()) == {"a": A, "b": B}
    assert len(RESULT) == 2
    assert RESULT.get("b") is B


def test_totals_can_be_asked_for_by_name():
    assert (RESULT["status"], RESULT["tokens"], RESULT.get("cost")) == (PlanStatus.FAILED, 10, 0.5)
    assert "status" in RESULT and "a" in RESULT


def test_a_task_of_that_name_comes_first():
    named = PlanResult(plan_id="p", status="completed", tasks={"status": A})
    assert named["status"] is A
    assert named.status is PlanStatus.COMPLETED


def test_what_is_neither_is_missing():
    with pytest.raises(KeyError, match="z"):
        RESULT["z"]
    assert "z" not in RESULT and 7 not in RESULT
    assert RESULT.get("z") is None
    assert RESULT.get("z", A) is A


def test_outcomes_are_counted():
    assert (RESULT.count(TaskStatus.COMPLETED), RESULT.count(TaskStatus.SKIPPED)) == (1, 0)


def test_json_and_back_is_the_same():
    assert PlanResult.model_validate_json(RESULT.model_dump_json()) == RESULT
    assert PlanResult.model_validate(RESULT.model_dump()) == RESULT


def test_nothing_run_is_an_empty_result():
    empty = PlanResult(plan_id="p", status="cancelled")
    assert (len(empty), list(empty), empty.execution_time_ms) == (0, [], 0)
    assert empty["tasks"] == {}
