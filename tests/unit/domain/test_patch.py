import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.patch import CHANGEABLE, PlanPatch, apply_patch
from groundplan.domain.resources import GIVEN, ResourceEstimate, ThreePoint
from groundplan.domain.task import DependencyKind, Task, TaskDependency
from tests.plan_factories import task

CHAIN = [task("a", sequence_order=1), task("b", "a", sequence_order=2), task("c", "b", sequence_order=3)]
ON_DATA = TaskDependency(task_id="a", kind="data", output="path", input="file")
IF_OK = TaskDependency(task_id="a", kind="conditional", condition="output.ok")


def refusals(tasks, **patch):
    with pytest.raises(PlanningError) as caught:
        apply_patch(tasks, PlanPatch(**patch))
    assert caught.value.code is ErrorCode.VALIDATION_FAILED
    return caught.value.details["errors"]


def test_an_empty_patch_changes_nothing():
    assert PlanPatch().is_empty
    assert apply_patch(CHAIN, PlanPatch()) == CHAIN
    assert not PlanPatch(remove=["a"]).is_empty


def test_who_waited_for_a_removed_task_waits_for_what_it_waited_for():
    first, third = apply_patch(CHAIN, PlanPatch(remove=["b"]))
    assert (first, third.predecessors) == (CHAIN[0], ["a"])


def test_several_removed_tasks_in_a_row_hand_the_order_on():
    assert apply_patch(CHAIN, PlanPatch(remove=["a", "b"])) == [CHAIN[2].model_copy(update={"dependencies": []})]


def test_removed_tasks_that_lie_side_by_side_hand_on_each_wait_once():
    tasks = [task("a"), task("b", "a"), task("c", "a"), task("d", "b", "c", "b")]
    assert apply_patch(tasks, PlanPatch(remove=["b", "c"]))[1].predecessors == ["a"]


def test_removing_a_cycle_ends():
    tasks = [task("a", "b"), task("b", "a"), task("c", "a")]
    assert apply_patch(tasks, PlanPatch(remove=["a", "b"])) == [task("c")]


def test_a_wait_of_its_own_goes_before_an_inherited_one():
    tasks = [task("a"), task("b", "a"), task("c", "b", ON_DATA)]
    assert apply_patch(tasks, PlanPatch(remove=["b"]))[1].dependencies == [ON_DATA]


def test_an_inherited_data_dependency_is_only_an_order():
    tasks = [task("a"), task("b", ON_DATA), task("c", "b")]
    assert apply_patch(tasks, PlanPatch(remove=["b"]))[1].dependencies == [TaskDependency(task_id="a")]


def test_an_inherited_condition_is_kept():
    tasks = [task("a"), task("b", IF_OK), task("c", "b")]
    assert apply_patch(tasks, PlanPatch(remove=["b"]))[1].dependencies[0].kind is DependencyKind.CONDITIONAL


def test_planned_fields_are_changed_and_checked():
    changes = {"name": "Draft it", "tool": "docs.write", "inputs": {"n": 1}, "timeout_seconds": 5, "optional": True}
    changed = apply_patch(CHAIN, PlanPatch(change={"b": changes}))[1]
    assert changed == CHAIN[1].model_copy(update=changes)


def test_every_planned_field_of_a_task_can_be_changed_and_no_other():
    run_by = {"status", "outputs", "assigned_agent", "started_at", "completed_at", "attempts", "error"}
    identity = {"task_id", "plan_id", "dependencies", "idempotency_key", "sequence_order", "created_at"}
    assert set(Task.model_fields) - run_by - identity == CHANGEABLE


@pytest.mark.parametrize("field", sorted(set(Task.model_fields) - CHANGEABLE))
def test_what_a_run_or_the_order_decides_is_not_changed(field):
    assert refusals(CHAIN, change={"a": {field: "x"}}) == [f"change.a: {field!r} cannot be changed"]


def test_a_value_that_cannot_be_is_refused_with_its_place():
    errors = refusals(CHAIN, change={"a": {"tool": "nodomain", "timeout_seconds": -1}})
    assert [error.split(":")[0] for error in errors] == ["change.a.tool", "change.a.timeout_seconds"]


def test_added_tasks_come_last_and_belong_to_the_plan():
    new = Task(task_id="d", name="Celebrate", plan_id="elsewhere", dependencies=[TaskDependency(task_id="c")])
    tasks = [one.model_copy(update={"plan_id": "p"}) for one in CHAIN]
    added = apply_patch(tasks, PlanPatch(add=[new]))[-1]
    assert (added.task_id, added.plan_id, added.sequence_order) == ("d", "p", 4)


def test_a_plan_without_tasks_can_be_added_to():
    (added,) = apply_patch([], PlanPatch(add=[task("a")]))
    assert (added.sequence_order, added.plan_id) == (1, "")


def test_rewiring_replaces_all_waits_of_a_task_also_of_an_added_one():
    new = task("d")
    patched = apply_patch(CHAIN, PlanPatch(add=[new], rewire={"c": [ON_DATA], "d": [TaskDependency(task_id="b")]}))
    assert [one.predecessors for one in patched] == [[], ["a"], ["a"], ["b"]]
    assert patched[2].dependencies == [ON_DATA]


def test_estimates_of_a_patch_are_given():
    needs = ResourceEstimate(duration=ThreePoint(1, 2, 3), basis="a guess")
    patch = PlanPatch(
        change={"a": {"resource_estimate": {"duration": [1, 2, 3]}}}, add=[task("d", resource_estimate=needs)]
    )
    patched = apply_patch(CHAIN, patch)
    assert patched[0].resource_estimate == patched[-1].resource_estimate == needs.model_copy(update={"basis": GIVEN})
    assert apply_patch(patched, PlanPatch(change={"a": {"resource_estimate": None}}))[0].resource_estimate is None


def test_everything_that_does_not_fit_is_said_at_once():
    errors = refusals(
        CHAIN,
        remove=["c", "x"],
        change={"y": {"name": "Y"}, "a": {"status": "ready"}, "c": {"name": "C"}},
        add=[task("b")],
        rewire={"z": [], "c": []},
    )
    assert errors == [
        "remove: no task 'x'",
        "change: no task 'y'",
        "change: no task 'c'",
        "change.a: 'status' cannot be changed",
        "add: 'b' is there already",
        "rewire: no task 'z'",
        "rewire: no task 'c'",
    ]


def test_the_tasks_given_are_left_alone():
    before = [one.model_copy(deep=True) for one in CHAIN]
    apply_patch(CHAIN, PlanPatch(remove=["b"], change={"a": {"inputs": {"n": 1}}}))
    assert before == CHAIN
