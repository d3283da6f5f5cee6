"""Patches of a plan that was begun: what they must leave alone, and that rules come to an end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.domain.agents import AgentCapability
from groundplan.domain.dag import topological_order
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.ledger import TaskState
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.patch import PlanPatch, apply_patch
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.replan_rules import UNTOUCHABLE
from groundplan.domain.replanning import check_patch, patch_between, propose_by_rules, states_of
from groundplan.domain.steps import ReplanRequest
from groundplan.domain.task import TaskDependency
from groundplan.domain.tools import ToolSpec
from groundplan.domain.validation import Surroundings
from tests.plan_factories import plan, task

PLAN = plan(task("a"), task("b", "a"), task("c", "b"))
TOUCHES = {
    "removed": PlanPatch(remove=["b"]),
    "changed": PlanPatch(change={"b": {"name": "Do B"}}),
    "rewired": PlanPatch(rewire={"b": []}),
    "cut off from one that is removed": PlanPatch(remove=["a"]),
    "a wait of another kind": PlanPatch(rewire={"b": [TaskDependency(task_id="a", order_only=True)]}),
}


def refused(patch, states):
    with pytest.raises(PlanningError) as caught:
        check_patch(PLAN, patch, states)
    return caught.value


@pytest.mark.parametrize("status", sorted(UNTOUCHABLE))
@pytest.mark.parametrize("patch", TOUCHES.values(), ids=TOUCHES)
def test_what_has_or_may_have_had_an_effect_stays_as_it_was(patch, status):
    error = refused(patch, {"b": TaskState(status=status)})
    assert error.code is ErrorCode.FINISHED_TASK_CHANGED
    assert error.details["errors"][0].startswith(f"'b' is {status.value} and cannot be")


@pytest.mark.parametrize("status", sorted(set(TaskStatus) - UNTOUCHABLE))
@pytest.mark.parametrize("patch", TOUCHES.values(), ids=TOUCHES)
def test_what_has_had_none_may_be_touched(patch, status):
    check_patch(PLAN, patch, {"b": TaskState(status=status)})


def test_the_neighbours_of_what_is_done_may_be_touched():
    done = {"b": TaskState(status=TaskStatus.COMPLETED)}
    check_patch(PLAN, PlanPatch(remove=["c"], add=[task("d", "b")], change={"a": {"name": "A"}}), done)


def test_a_new_task_has_an_id_of_its_own():
    error = refused(PlanPatch(add=[task("d")]), {"d": TaskState(status=TaskStatus.FAILED)})
    assert error.details["errors"] == ["'d' is new and has an id that was used before"]


def test_a_patch_that_does_not_fit_the_plan_at_all_is_refused_as_any():
    assert refused(PlanPatch(remove=["x"]), {}).code is ErrorCode.VALIDATION_FAILED


@given(st.data())
def test_a_patch_can_be_found_between_any_two_states_of_a_plan(data):
    before = [task(f"t{n}", *[f"t{o}" for o in range(n) if data.draw(st.booleans())]) for n in range(5)]
    ids = [one.task_id for one in before]
    remove = data.draw(st.lists(st.sampled_from(ids), unique=True, max_size=3))
    kept = [one for one in ids if one not in remove]
    change = {one: {"optional": True, "excluded_agents": ["a"]} for one in kept if data.draw(st.booleans())}
    rewire = {one: [TaskDependency(task_id="new", order_only=True)] for one in kept if data.draw(st.booleans())}
    after = apply_patch(before, PlanPatch(remove=remove, change=change, add=[task("new")], rewire=rewire))
    found = patch_between(before, after)
    assert apply_patch(before, found) == after
    assert PlanPatch.model_validate_json(found.model_dump_json()) == found
    assert patch_between(after, after).is_empty


def test_a_request_by_step_numbers_becomes_states_by_id():
    given_plan = plan(task("b", "a", status="failed", assigned_agent="ana", error={"code": "E5207"}), task("a"))
    request = ReplanRequest(current_plan=given_plan, reason="b failed", completed_steps=[1], failed_steps=[2])
    states = states_of(request)
    assert (states["a"].status, states["b"].status) == (TaskStatus.COMPLETED, TaskStatus.FAILED)
    assert (states["b"].agent, states["b"].error) == ("ana", {"code": "E5207"})


@st.composite
def rough_plans(draw):
    """Plans in which everything that rules look at occurs."""
    tasks = []
    for number in range(draw(st.integers(1, 6))):
        waits = [
            TaskDependency(task_id=f"t{other}", order_only=draw(st.booleans()))
            for other in range(number)
            if draw(st.booleans())
        ]
        fields = {
            "name": draw(st.sampled_from(["Knit socks", "Cook soup", "Test soup", "Tune piano", "Send socks"])),
            "tool": "a.run",
            "alternatives": draw(st.sampled_from([[], ["b.run"], ["b.run", "c.run"]])),
            "optional": draw(st.booleans()),
        }
        tasks.append(task(f"t{number}", *waits, **fields))
    return plan(*tasks)


AROUND = Surroundings(
    tools={name: ToolSpec(name=name) for name in ("a.run", "b.run", "c.run")},
    agents=[AgentCapability(agent_id=name) for name in ("ana", "bob", "eve")],
)


@given(rough_plans(), st.data())
def test_however_often_tasks_fail_rules_touch_nothing_done_and_come_to_an_end(made: ExecutionPlan, data):
    """Runs the plan by its order; some task that is ready fails each time, and the rest is planned anew."""
    done: set[str] = set()
    for _ in range(200):
        ready = made.dependency_graph.get_ready_tasks(done)
        if not ready:
            return
        some = data.draw(st.lists(st.sampled_from(ready), unique=True, min_size=1))
        failing, done = some[0], done | {*some[1:]}
        states = {one: TaskState(status=TaskStatus.COMPLETED) for one in done}
        states[failing] = TaskState(status=TaskStatus.FAILED, agent=data.draw(st.sampled_from(["ana", "bob", "eve"])))
        proposal = propose_by_rules(made, states, AROUND)
        if proposal is None:
            return
        check_patch(made, proposal.patch, states)
        made = made.model_copy(update={"tasks": apply_patch(made.tasks, proposal.patch)})
        topological_order({one.task_id: one.predecessors for one in made.tasks})
    raise AssertionError("the rules go round in circles")


@given(rough_plans(), st.data())
def test_required_tasks_are_never_lost(made: ExecutionPlan, data):
    failing = data.draw(st.sampled_from([one.task_id for one in made.tasks]))
    proposal = propose_by_rules(made, {failing: TaskState(status=TaskStatus.FAILED, agent="ana")}, AROUND)
    if proposal is not None:
        left = {one.task_id: one for one in apply_patch(made.tasks, proposal.patch)}
        assert all(one.task_id in left and not left[one.task_id].optional for one in made.tasks if not one.optional)
