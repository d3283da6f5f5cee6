"""An edit is refused before it is decided, and comes back as an outline of the next version."""

from datetime import timedelta

import pytest

from groundplan.domain.editing import edited_outline
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.goal import GoalConstraints
from groundplan.domain.ids import task_id_of
from groundplan.domain.outline import Origin, Outline, instantiate
from groundplan.domain.patch import PlanPatch
from groundplan.domain.plan import ExecutionPlan, PlanMetadata
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from groundplan.domain.task import TaskDependency
from groundplan.domain.tools import ToolSpec
from groundplan.domain.validation import Surroundings
from tests.plan_factories import NOW, plan, task

PLAN_ID = "3f9a2c1e-77b0-4000-8000-000000000000"
A, B, C = (task_id_of(PLAN_ID, number) for number in (1, 2, 3))
BEFORE = Outline(
    title="Closing accounts", reasoning="R", steps=[], origin=Origin(strategy="template", template="t", score=0.9)
)
TOOLS = {"file.read": ToolSpec(name="file.read")}


def stored() -> ExecutionPlan:
    tasks = [
        task(A, name="List the accounts", tool="legacy.list"),
        task(B, A, name="Delete the accounts", inputs={"ids": f"${{{A}.output.ids}}"}),
        task(C, B, name="Report"),
    ]
    return plan(*tasks, plan_id=PLAN_ID, metadata=PlanMetadata(strategy="template"))


def edited(around=None, **patch):
    return edited_outline(stored(), PlanPatch(**patch), BEFORE, around or Surroundings())


def refused(around=None, **patch):
    with pytest.raises(PlanningError) as caught:
        edited(around, **patch)
    return caught.value


def test_the_tasks_keep_their_ids_and_the_origin_says_edit():
    outline = edited(change={B: {"description": "only those before 2020"}})
    assert [step.key for step in outline.steps] == [A, B, C]
    assert outline.steps[1].description == "only those before 2020"
    assert (outline.title, outline.reasoning) == ("Closing accounts", "R")
    assert outline.origin == BEFORE.origin.model_copy(update={"strategy": "edit", "reason": "edited at approval"})


def test_a_binding_stays_a_dependency_of_its_own():
    (_, delete, _) = instantiate(edited(), PLAN_ID, now=NOW)
    assert delete.predecessors == [A]
    assert delete.inputs == {"ids": f"${{{A}.output.ids}}"}


def test_an_estimate_that_an_edit_gives_is_kept():
    outline = edited(change={B: {"resource_estimate": {"duration": [1, 2, 3], "memory_mb": 64}}})
    assert (outline.steps[1].duration, outline.steps[1].memory_mb) == (ThreePoint(1, 2, 3), 64)
    assert outline.steps[0].duration is None


def test_an_added_task_is_part_of_the_next_version():
    outline = edited(add=[task("check", A, name="Check the list")], rewire={B: [TaskDependency(task_id="check")]})
    tasks = instantiate(outline, PLAN_ID, now=NOW)
    assert [made.task_id for made in tasks] == [A, B, C, task_id_of(PLAN_ID, 4)]
    assert tasks[1].predecessors == [task_id_of(PLAN_ID, 4), A]


def test_removing_what_others_are_bound_to_is_refused():
    assert refused(remove=[A]).code is ErrorCode.DEPENDENCY_MISSING


def test_a_cycle_is_refused_in_the_editors_own_ids():
    error = refused(add=[task("check", C)], rewire={B: [TaskDependency(task_id="check")]})
    assert error.code is ErrorCode.DEPENDENCY_CYCLE
    assert error.details["cycle"] == [B, "check", C, B]


def test_a_patch_that_does_not_fit_is_refused():
    assert refused(remove=["nobody"]).code is ErrorCode.VALIDATION_FAILED


def test_an_invalid_result_is_refused_with_its_findings():
    error = refused(change={B: {"name": "now; rm -rf /"}, C: {"description": "$(reboot)"}})
    assert error.code is ErrorCode.VALIDATION_FAILED
    assert [found["path"] for found in error.details["errors"]] == ["tasks[1].name", "tasks[2].description"]


def test_a_new_tool_must_exist_an_old_one_may_stay():
    around = Surroundings(tools=TOOLS)
    assert edited(around, change={B: {"tool": "file.read"}}).steps[1].tool == "file.read"
    assert edited(around, change={B: {"tool": "legacy.list"}}).steps[1].tool == "legacy.list"
    error = refused(around, change={B: {"tool": "magic.wand"}})
    assert [found["path"] for found in error.details["errors"]] == ["tasks[1].tool"]


def test_an_edit_that_breaks_the_deadline_is_refused():
    hours = ResourceEstimate(duration=ThreePoint(7200, 7200, 7200)).model_dump(mode="json")
    change = {key: {"resource_estimate": hours} for key in (A, B, C)}
    limits = GoalConstraints(deadline=NOW + timedelta(hours=6))
    assert edited(Surroundings(constraints=limits, now=NOW), change=change)
    late = refused(Surroundings(constraints=limits, now=NOW + timedelta(seconds=1)), change=change)
    assert [found["path"] for found in late.details["errors"]] == ["schedule"]


def test_an_edit_that_breaks_the_budget_is_refused():
    costly = {"resource_estimate": {"cost": [5, 6, 7]}}
    around = Surroundings(constraints=GoalConstraints(max_cost=9))
    assert edited(around, change={A: costly})
    assert refused(around, change={A: costly, B: costly}).details["errors"][0]["code"] == "E5500"
