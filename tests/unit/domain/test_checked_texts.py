import pytest

from groundplan import PlanningService
from groundplan.domain.checked_texts import checked, checked_goal, checked_name
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.goal import Goal
from groundplan.domain.sanitizer import Policy
from groundplan.testing import memory_resources

HOSTILE = "fine; rm -rf /"


def test_nothing_is_nothing_and_prose_is_prose():
    assert checked("  \n", "reason") == ""
    assert checked(" latency < 100 ms; R&D agrees\r\n", "reason") == "latency < 100 ms; R&D agrees"


@pytest.mark.parametrize("name", ["ada", "Ada Lovelace", "Łukasz (ops)", "团队", " ada "])
def test_a_name_is_one_line(name):
    assert checked_name(name, "by") == name.strip()


@pytest.mark.parametrize(
    "name", ["", "  ", "ada\nApproved", "\x1b[2Jada", "ada\u2028x", "ada\u202e", "a" * 401, "ada; rm -rf /"]
)
def test_what_is_no_name_is_refused(name):
    with pytest.raises(PlanningError) as refused:
        checked_name(name, "by")
    assert refused.value.code is ErrorCode.GOAL_REFUSED
    assert "by" in refused.value.message


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("success_criteria", ["fine", HOSTILE]),
        ("required_capabilities", [HOSTILE]),
        ("forbidden_tools", [HOSTILE]),
        ("extra", {"a": {"b": ["c", HOSTILE]}}),
        ("extra", {HOSTILE: 1}),
        ("extra", {"a": [[[[[[[[[["deep"]]]]]]]]]]}),
    ],
)
def test_whatever_of_a_goal_reaches_a_prompt_is_judged(field, value):
    goal = Goal(goal_text="Bake", constraints={field: value})
    with pytest.raises(PlanningError, match=f"constraints.{field}") as refused:
        checked_goal(goal, Policy.STANDARD)
    assert refused.value.code is ErrorCode.GOAL_REFUSED


def test_a_goal_keeps_what_is_fine_and_its_text_is_judged_by_the_policy():
    limits = {"success_criteria": ["latency < 100 ms"], "extra": {"team": "R&D", "size": 3, "names": ["a", None]}}
    goal = Goal(goal_text=" Bake ", constraints=limits)
    found = checked_goal(goal, Policy.STANDARD)
    assert found.goal_text == "Bake"
    assert found.constraints == goal.constraints
    with pytest.raises(PlanningError, match="goal text"):
        checked_goal(goal.model_copy(update={"goal_text": "a < b"}), Policy.STANDARD)


async def test_the_service_has_no_other_door():
    with pytest.raises(PlanningError, match="notes"):
        PlanningService(resources=memory_resources(), notes=HOSTILE)
    async with PlanningService(resources=memory_resources()) as service:
        with pytest.raises(PlanningError, match="success_criteria"):
            await service.create_plan(Goal(goal_text="1. Bake 2. Eat", constraints={"success_criteria": [HOSTILE]}))
        plan = await service.create_plan("1. Prepare 2. Delete the production database")
        for decide in (service.approve_plan, service.reject_plan):
            with pytest.raises(PlanningError, match="by"):
                await decide(plan.plan_id, by="\x1b[2Jada", why="so")
        with pytest.raises(PlanningError, match="by"):
            await service.cancel_plan(plan.plan_id, by="ada\nbob")
