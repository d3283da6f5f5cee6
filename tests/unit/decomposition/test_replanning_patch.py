"""What becomes of operations: which are passed over, which are refused, and what stays as it was."""

import pytest

from groundplan.decomposition.replan_answer import Action, AnsweredChange, read_changes
from groundplan.decomposition.replan_material import PlanView
from groundplan.decomposition.replan_patch import Offer, patch_from
from groundplan.domain.ledger import TaskState
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.patch import apply_patch
from groundplan.domain.replanning import check_patch
from groundplan.domain.resources import ThreePoint
from groundplan.domain.task import DependencyKind, RetryPolicy, TaskDependency, TaskType
from tests.plan_factories import plan, task
from tests.replanners import TOOLS, change, prices, prices_states

OTHER_TOOL = change(2, tool="web.archive")


def made(*changes, given=None, states=None, **offer):
    view = PlanView(given or prices(), states or prices_states())
    return patch_from([AnsweredChange.model_validate(one) for one in changes], view, Offer(TOOLS, **offer))


def only(*changes, given=None, states=None, **offer):
    """The tasks after the operations, which have to be free of errors."""
    reading = made(*changes, given=given, states=states, **offer)
    assert reading.errors == []
    check_patch(given or prices(), reading.patch, states or prices_states())
    return {one.task_id: one for one in apply_patch((given or prices()).tasks, reading.patch)}


@pytest.mark.parametrize("status", ["completed", "executing", "in_doubt", "compensated"])
@pytest.mark.parametrize("action", ["replace", "drop"])
def test_steps_that_are_over_are_passed_over(status, action):
    states = prices_states(search=TaskState(status=TaskStatus(status)))
    reading = made(change(1, action, name="Search again"), OTHER_TOOL, states=states)
    assert (reading.errors, reading.mended) == ([], ["step 1 is over and stays as it is"])
    assert reading.patch.change.keys() == {"fetch"} and reading.patch.remove == []


def test_steps_that_are_said_again_as_they_are_stay():
    reading = made(OTHER_TOOL, change(3, name="Draw a chart", tool="chart.draw", depends_on=[2]))
    assert reading.patch.change.keys() == {"fetch"}
    assert reading.mended == ["step 3 was said again as it is"]


def test_keeping_a_step_needs_no_word_but_may_have_one():
    assert made(OTHER_TOOL, change(3, "keep")).patch.change.keys() == {"fetch"}


@pytest.mark.parametrize(("said", "meant"), [("Change", "replace"), ("remove", "drop"), (" NEW ", "add")])
def test_actions_in_other_words_are_understood(said, meant):
    assert AnsweredChange.model_validate(change(1, said)).action is Action(meant)


def test_adding_what_failed_is_replacing_it():
    assert only(change(2, "add", name="x", tool="web.archive"))["fetch"].tool == "web.archive"


def test_replacing_what_is_not_there_is_adding_it():
    assert "plan1-v2-1" in only(OTHER_TOOL, change(40, name="Celebrate", depends_on=[5]))


def test_new_steps_with_numbers_that_are_taken_get_others():
    tasks = only(OTHER_TOOL, change(3, "add", name="One", depends_on=[3]), change(6, "add", name="Two", depends_on=[5]))
    assert tasks["plan1-v2-1"].predecessors == ["draw"] and tasks["plan1-v2-2"].predecessors == ["send"]


def test_ids_of_new_steps_are_of_their_version():
    later = prices().model_copy(update={"version": 4})
    assert "plan1-v5-1" in only(OTHER_TOOL, change(6, "add", name="One"), given=later)


def test_a_new_step_has_what_the_answer_says():
    said = change(
        6, "add", name="Send\nthe report", tool="mail.send", inputs={"to": "${1.output.who}"}, depends_on=[1, 1, 99],
        minutes=2, success="It arrived", capabilities=["mail", "root"], description="To all",
    )  # fmt: skip
    new = only(OTHER_TOOL, said, capabilities=["mail"])["plan1-v2-1"]
    assert (new.name, new.description, new.tool, new.task_type) == (
        "Send the report", "To all", "mail.send", TaskType.TOOL_CALL,
    )  # fmt: skip
    assert (new.inputs, new.predecessors) == ({"to": "${search.output.who}"}, ["search"])
    assert new.resource_estimate.duration == ThreePoint(60, 120, 240)
    assert (new.success_criteria, new.required_capabilities) == (["It arrived"], ["mail"])


def test_replacing_takes_nothing_from_a_step_but_what_it_says():
    careful = task(
        "fetch",
        "search",
        TaskDependency(task_id="search", kind=DependencyKind.CONDITIONAL, condition="output.pages > 0"),
        tool="web.get",
        inputs={"url": "http://prices"},
        condition="tasks.search.output.pages > 0",
        success_criteria=["Checked twice"],
        required_capabilities=["web"],
        retry_policy=RetryPolicy(attempts=3),
        timeout_seconds=9,
        irreversible=True,
    )
    given = plan(task("search"), careful, plan_id="plan-1")
    said = change(2, tool="web.archive", name="Read it", success="Done", capabilities=["root"], depends_on=[])
    after = only(said, given=given, capabilities=["root"])["fetch"]
    changes = {"tool": "web.archive", "task_type": TaskType.TOOL_CALL, "name": "Read it"}
    assert after == careful.model_copy(update=changes)


def test_a_tool_is_not_called_by_another_name():
    reading = made(change(5, name="Tidy up", tool="mail.send", inputs={"to": "bob"}), OTHER_TOOL)
    assert reading.patch.change["send"] == {"inputs": {"to": "bob"}}


def test_a_step_without_a_tool_is_replaced_by_other_words():
    given = plan(task("a", name="Guess"), plan_id="plan-1")
    states = {"a": TaskState(status=TaskStatus.FAILED)}
    assert only(change(1, name="Ask somebody"), given=given, states=states)["a"].name == "Ask somebody"
    assert "same way again" in made(change(1, name="Guess"), given=given, states=states).errors[0]


def test_optional_steps_may_be_dropped_and_win_over_being_replaced():
    assert "frame" not in only(OTHER_TOOL, change(4, "drop"), change(4, name="Frame it well"))


def test_an_optional_step_that_failed_may_be_left_as_it_is():
    states = prices_states(frame=TaskState(status=TaskStatus.FAILED))
    assert only(OTHER_TOOL, states=states)["frame"] == prices().task("frame")


def test_a_new_step_of_unknown_length_has_no_estimate():
    assert only(OTHER_TOOL, change(6, "add", name="Look", minutes=0))["plan1-v2-1"].resource_estimate is None


def test_what_is_dropped_is_not_waited_for():
    assert only(OTHER_TOOL, change(4, "drop"), change(6, "add", name="Look", depends_on=[4, 5]))[
        "plan1-v2-1"
    ].predecessors == ["send"]


def test_operations_that_come_to_nothing_are_an_error():
    done = {"search": TaskState(status=TaskStatus.COMPLETED)}
    assert made(change(1, "drop"), change(77, "drop"), states=done).errors == ["It changes nothing."]


# Secrets.

SECRETIVE = plan(
    task(
        "fetch", tool="web.get", inputs={"url": "http://prices", "key": "secret://shop"}, alternatives=["web.archive"]
    ),
    task("send", "fetch", tool="mail.send", inputs={"to": "ana", "password": "hunter2hunter2"}),
    plan_id="plan-1",
)
FAILED = {"fetch": TaskState(status=TaskStatus.FAILED)}


@pytest.mark.parametrize(
    "said",
    [
        change(1, tool="mail.send"),
        change(1, tool="mail.send", inputs={"to": "Secret://shop"}),
        change(1, inputs={"url": "http://evil/?k=secret://bank"}),
        change(1, inputs={"url": ["secret://shop", {"x": "secret://bank"}]}),
    ],
    ids=["kept for another tool", "given to another tool", "another one", "another one deep down"],
)
def test_a_secret_is_not_handed_to_what_it_was_not_planned_for(said):
    assert "would use a secret" in made(said, given=SECRETIVE, states=FAILED).errors[0]


def test_a_new_step_has_no_secrets():
    said = change(3, "add", name="Post", tool="mail.send", inputs={"to": "secret://shop"})
    errors = made(change(1, tool="web.archive"), said, given=SECRETIVE, states=FAILED).errors
    assert errors == ["Step 3 is new and cannot use a secret. Do it without."]


def test_a_declared_alternative_may_use_the_secret_of_its_step():
    assert made(change(1, tool="web.archive"), given=SECRETIVE, states=FAILED).errors == []


def test_what_was_shown_masked_and_is_said_again_stays_as_it_was():
    said = change(2, inputs={"to": "bob", "password": "***"})
    reading = made(change(1, tool="web.archive"), said, given=SECRETIVE, states=FAILED)
    assert reading.patch.change["send"]["inputs"] == {"to": "bob", "password": "hunter2hunter2"}


# Reading.


@pytest.mark.parametrize(
    "text",
    [
        '{"why": "w", "changes": [{"action": "drop", "number": "4"}]}',
        'Sure:\n```json\n{"changes": [{"action": "drop", "number": 4, "name": null, "inputs": null}]}\n```',
        '[{"action": "drop", "number": 4, "depends_on": null}]',
    ],
)
def test_lenient_in_form(text):
    (found,) = read_changes(text, False, most=3).changes
    assert (found.action, found.number, found.name) == (Action.DROP, 4, "")


@pytest.mark.parametrize("bad", ['{"changes": [{"action": "explode", "number": 1}]}', '{"changes": [{"number": 1}]}'])
def test_strict_in_actions(bad):
    assert "changes.0.action" in read_changes(bad, False, most=3).errors[0]
