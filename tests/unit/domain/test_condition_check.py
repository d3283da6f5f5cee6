import pytest

from groundplan.domain.condition_check import condition_findings
from groundplan.domain.dependency_graph import resolve
from groundplan.domain.errors import ErrorCode
from groundplan.domain.outline import Origin, Outline, OutlineDependency, OutlineStep, instantiate
from groundplan.domain.task import Compensation, TaskDependency
from groundplan.domain.validation import validate
from tests.plan_factories import NOW, plan, task


def when(other, condition):
    return TaskDependency(task_id=other, kind="conditional", condition=condition)


def finding(*tasks):
    [found] = condition_findings(tasks)
    assert found.code is ErrorCode.CONDITION_INVALID
    return found


def test_conditions_that_can_be_decided_pass():
    tasks = [
        task("a"), task("b", when("a", "status == 'failed'")), task("c", "b", condition="tasks.a.output.n > 1"),
        task("d", condition="${a.output.n} > 1 && ${a.status} == 'completed'"),
    ]  # fmt: skip
    assert list(condition_findings(tasks)) == []
    assert validate(plan(*resolve(tasks)[0])).valid


def test_a_condition_on_an_outcome_that_does_not_compile_is_found_with_its_place():
    found = finding(task("a"), task("b", "a", when("a", "status =")))
    assert found.path == "tasks[1].dependencies[1].condition"
    assert "it is no CEL" in found.message
    assert found.suggestion


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("tasks.a.output.n >", "it is no CEL"),
        ("output.n > 1", "there is no 'output' here, but tasks"),
        ("tasks.z.output.n > 1", "names 'z', which the plan does not have"),
        ("tasks.b.output.n > 1", "names 'b', which it does not wait for"),
        ("tasks.c.output.n > 1", "names 'c', which it does not wait for"),
        ("${b.status} == 'failed'", "names 'b', which it does not wait for"),
    ],
)
def test_a_condition_of_a_task_names_tasks_that_are_over_by_then(condition, message):
    found = finding(task("a"), task("b"), task("c", "a", condition=condition))
    assert found.path == "tasks[2].condition"
    assert message in found.message


def test_a_wait_may_be_a_long_way_off_and_every_fault_is_found():
    chain = [task("t0"), *(task(f"t{n}", f"t{n - 1}") for n in range(1, 50))]
    assert list(condition_findings([*chain, task("end", "t49", condition="tasks.t0.output.ok")])) == []
    wrong = [task("a", when("b", "?")), task("b", when("a", "!"), condition="tasks.z.output.ok && tasks.y.output.ok")]
    assert len(list(condition_findings(wrong))) == 4


def test_validation_tells_them():
    assert ErrorCode.CONDITION_INVALID in [error.code for error in validate(plan(task("a", condition="1 +"))).errors]


def test_conditions_and_what_undoes_a_step_name_steps_by_their_keys_until_there_are_tasks():
    undo = Compensation(description="Take it down", tool="host.stop", inputs={"id": "${up.output.id}"})
    steps = [
        OutlineStep(key="up", name="Start it", compensation=undo),
        OutlineStep(key="go", name="Use it", depends_on=[OutlineDependency(key="up")],
                    condition="tasks.up.output.n > 1 && ${up.status} == 'completed'"),
    ]  # fmt: skip
    outline = Outline(steps=steps, origin=Origin(strategy="template"))
    up, go = instantiate(outline, "plan-1", now=NOW)
    assert go.condition == f"tasks[\"{up.task_id}\"].output.n > 1 && ${{{up.task_id}.status}} == 'completed'"
    assert up.compensation.inputs == {"id": f"${{{up.task_id}.output.id}}"}
    assert list(condition_findings([up, go])) == []
