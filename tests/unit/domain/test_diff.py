import pytest
from hypothesis import given

from groundplan.domain.diff import PlanDiff, diff_plans
from groundplan.domain.risk import Impact, Risk, RiskCategory
from tests.plan_factories import LATER, NOW, chains_and_joins, plan, task


@given(chains_and_joins())
def test_a_plan_does_not_differ_from_itself(tasks):
    assert diff_plans(plan(*tasks), plan(*tasks)) == PlanDiff()


def test_tasks_that_came_and_went_are_listed_in_their_order():
    diff = diff_plans(plan(task("a"), task("b"), task("c")), plan(task("z"), task("b"), task("y")))
    assert diff == PlanDiff(added=["z", "y"], removed=["a", "c"])


def test_each_changed_field_has_its_value_before_and_after():
    before = plan(task("a"), task("b", "a", inputs={"n": 1}))
    after = plan(task("a", optional=True), task("b", name="Do it twice", inputs={"n": 2}))
    assert diff_plans(before, after).changed == {
        "a": {"optional": [None, True]},
        "b": {
            "dependencies": [[{"task_id": "a"}], None],
            "inputs": [{"n": 1}, {"n": 2}],
            "name": ["Do b", "Do it twice"],
        },
    }


@pytest.mark.parametrize(
    "ran",
    [
        {"status": "completed"},
        {"outputs": {"n": 1}},
        {"attempts": 3},
        {"assigned_agent": "ana"},
        {"started_at": NOW, "completed_at": LATER},
        {"error": {"code": "E5200"}},
    ],
)
def test_what_a_run_changes_is_no_difference(ran):
    risk = Risk(category=RiskCategory.TECHNICAL, description="x", probability=0.5, impact=Impact.LOW)
    assert diff_plans(plan(task("a")), plan(task("a", **ran), status="executing", risks=[risk])) == PlanDiff()
