"""What may go before a failed task, and what must not."""

import time

import pytest

from groundplan.domain.dag import topological_order
from groundplan.domain.listed_outline import outline_of_steps
from groundplan.domain.outline import instantiate
from groundplan.domain.patch import apply_patch
from groundplan.domain.replanning import Rule, propose_by_rules
from groundplan.domain.step_list import read_step_list
from groundplan.domain.tools import ToolSpec
from groundplan.domain.validation import Surroundings
from tests.plan_factories import NOW, plan, task
from tests.unit.domain.test_replanning_by_rules import data, failed, on, states, then, waits


def chain(*names, **last):
    """Tasks t1, t2 … of these names in written order; fields for the last."""
    made = [task(f"t{n}", *([then(f"t{n - 1}")] if n > 1 else []), name=name) for n, name in enumerate(names, start=1)]
    return plan(*made[:-1], made[-1].model_copy(update=last))


def proposed(made, around=None, **statuses):
    proposal = propose_by_rules(made, states(**statuses), around)
    return proposal and waits(made, proposal)


def test_what_only_came_later_goes_first_and_the_failed_task_is_tried_again_after_it():
    made = chain("Fetch prices", "Draft invitations", "Book room")
    proposal = propose_by_rules(made, states(t1=failed()))
    assert waits(made, proposal) == {"t1": ["t3"], "t2": [], "t3": ["t2"]}
    assert [one.rule for one in proposal.applied] == [Rule.REST_FIRST]
    assert "'Draft invitations', 'Book room' only came after 'Fetch prices'" in proposal.why


def test_it_is_not_turned_round_a_second_time():
    made = chain("Fetch prices", "Draft invitations")
    turned = made.model_copy(
        update={"tasks": apply_patch(made.tasks, propose_by_rules(made, states(t1=failed())).patch)}
    )
    assert proposed(turned, t2=failed()) is None
    assert proposed(turned, t2="completed", t1=failed()) is None


def test_who_belongs_to_the_failed_task_keeps_waiting_for_it_also_when_the_one_between_goes_ahead():
    made = chain("Fetch prices", "Draft invitations", "Compare prices")
    assert proposed(made, t1=failed()) == {"t1": ["t2"], "t2": [], "t3": ["t2", "t1"]}


def test_who_is_behind_a_task_that_waits_can_go_ahead_of_both():
    made = chain("Fetch prices", "Compare prices", "Draft invitations")
    assert proposed(made, t1=failed()) == {"t1": ["t3"], "t2": ["t1"], "t3": []}


def test_the_order_towards_what_has_not_failed_is_kept():
    made = plan(
        task("t1", name="Fetch prices"),
        task("t2", name="Paint walls"),
        task("t3", then("t1"), then("t2"), name="Chart prices"),
        task("t4", then("t3"), name="Draft invitations"),
    )
    assert proposed(made, t1=failed()) == {"t1": ["t4"], "t2": [], "t3": ["t1", "t2"], "t4": ["t2"]}


@pytest.mark.parametrize(
    "name",
    [
        "Verify the invitations",
        "Review drafts",
        "Send invitations",
        "Delete old drafts",
        "Pay the printer",
        "Print them",
        "Summarize the results",
        "Chart the prices",
        "Price tickets",
        "Einladungen übersetzen",
    ],
)
def test_what_checks_sends_destroys_or_points_back_does_not_go_ahead(name):
    assert proposed(chain("Fetch prices", name), t1=failed()) is None


@pytest.mark.parametrize("name", ["Back up everything", "Test engine", "Approve budget", "Review contract"])
def test_nothing_goes_ahead_of_a_check(name):
    assert proposed(chain(name, "Draft invitations"), t1=failed()) is None


@pytest.mark.parametrize(
    "second",
    [
        task("t2", "t1", name="Draft invitations"),
        task("t2", data("t1"), name="Draft invitations"),
        task("t2", then("t1"), name="Draft invitations", inputs={"x": "${t1.output}"}),
        task("t2", on("t1", kind="conditional", condition="status == 'failed'"), name="Draft invitations"),
        task("t2", then("t1"), name="Draft invitations", condition="tasks.t1.status == 'completed'"),
        task("t2", then("t1"), name="Draft invitations", irreversible=True),
        task("t2", then("t1"), name="Draft invitations", tool="mail.post"),
    ],
    ids=["said", "data", "binding", "conditional", "condition", "irreversible", "irreversible tool"],
)
def test_a_wait_that_is_more_than_the_written_order_is_not_cut(second):
    around = Surroundings(tools={"mail.post": ToolSpec(name="mail.post", irreversible=True)})
    assert proposed(plan(task("t1", name="Fetch prices"), second), around, t1=failed()) is None


def test_nothing_goes_ahead_of_a_task_that_was_done_only_on_a_condition():
    first = task("t1", name="Fetch prices", condition="tasks.t0.output.ok")
    assert proposed(plan(first, task("t2", then("t1"), name="Draft invitations")), t1=failed()) is None


def test_a_task_that_may_be_skipped_goes_ahead_but_is_not_waited_for():
    made = chain("Fetch prices", "Draft invitations", optional=True)
    assert proposed(made, t1=failed()) == {"t1": [], "t2": []}


def test_a_failed_task_that_nobody_waits_for_has_no_other_order():
    assert proposed(chain("Fetch prices", "Draft invitations"), t1="completed", t2=failed()) is None


def test_two_failures_are_both_put_last_or_neither_is():
    both = plan(
        task("t1", name="Fetch prices"),
        task("t2", name="Paint walls"),
        task("t3", then("t1"), then("t2"), name="Draft invitations"),
    )
    assert proposed(both, t1=failed(), t2=failed()) == {"t1": ["t3"], "t2": ["t3"], "t3": []}
    one = plan(*both.tasks[:2], both.task("t3").model_copy(update={"dependencies": [then("t1")]}))
    assert proposed(one, t1=failed(), t2=failed()) is None


def test_what_is_over_stays_where_it_is():
    made = plan(
        task("t0", name="Rent a hall"),
        task("t1", then("t0"), name="Fetch prices"),
        task("t2", then("t1"), name="Draft invitations"),
    )
    assert proposed(made, t0="completed", t1=failed()) == {"t0": [], "t1": ["t0", "t2"], "t2": []}


def test_what_waits_for_something_that_is_over_can_be_waited_for():
    made = plan(
        task("t0", name="Rent a hall", optional=True),
        task("t1", name="Fetch prices"),
        task("t2", "t0", then("t1"), name="Draft invitations"),
    )
    assert proposed(made, t0="completed", t1=failed()) == {"t0": [], "t1": ["t2"], "t2": ["t0"]}
    assert proposed(made, t1=failed()) == {"t0": [], "t1": [], "t2": ["t0"]}


def test_a_numbered_goal_is_put_into_another_order_where_its_text_allows():
    listed = read_step_list(
        "1. Fetch the prices 2. Draft invitations 3. Print them 4. Cook soup (after 1) 5. Tune piano"
    )
    made = plan(*instantiate(outline_of_steps(listed), "p", now=NOW))
    names = {one.task_id: one.name[0] for one in made.tasks}
    found = proposed(made, **{made.tasks[0].task_id: failed()})
    said = {names[task_id]: "".join(sorted(names[other] for other in before)) for task_id, before in found.items()}
    assert said == {"F": "T", "D": "", "P": "DF", "C": "F", "T": "D"}


@pytest.mark.large
def test_a_long_chain_costs_little_and_a_very_long_one_is_left_alone():
    made = chain("Fetch prices", *[f"Knit a{n:05} b{n:05}" for n in range(998)])
    start = time.process_time()
    found = proposed(made, t1=failed())
    assert time.process_time() - start < 10
    topological_order(found)
    assert found["t1"] == ["t999"]
    longer = chain("Fetch prices", *[f"Knit a{n:05} b{n:05}" for n in range(1000)])
    assert proposed(longer, t1=failed()) is None
