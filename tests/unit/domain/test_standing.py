"""What is left of a plan that is being run."""

from datetime import timedelta

import pytest

from groundplan.domain.goal import GoalConstraints
from groundplan.domain.ledger import TaskState
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.replan_standing import standing_after, standing_of
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from groundplan.domain.schedule import Schedule
from groundplan.domain.standing import NOT_BEGUN, Standing
from groundplan.domain.validation import Surroundings, validate
from tests.plan_factories import NOW, plan, task

HOUR = 3600.0
ESTIMATE = ResourceEstimate(duration=ThreePoint(HOUR, 2 * HOUR, 6 * HOUR), cost=ThreePoint(1, 1, 1))
CHAIN = plan(
    *(task(name, *before, resource_estimate=ESTIMATE) for name, *before in ("a", "ba", "cb")), schedule=Schedule()
)
DONE, FAILED, SKIPPED = (
    TaskState(status=status) for status in (TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.SKIPPED)
)


def test_what_is_over_takes_no_time_and_costs_what_it_did():
    left = Standing(over=["a"]).left({"a": ESTIMATE, "b": ESTIMATE})
    assert (left["a"].duration, left["a"].cost, left["b"]) == ((0, 0, 0), ESTIMATE.cost, ESTIMATE)


def test_what_is_under_way_takes_what_is_left_of_it():
    left = Standing(spent={"a": 3 * HOUR, "gone": 5}).left({"a": ESTIMATE})
    assert left["a"].duration == (0, 0, 3 * HOUR)


def test_of_a_plan_of_which_nothing_was_begun_all_is_left():
    known = {"a": ESTIMATE}
    assert NOT_BEGUN.left(known) is known
    assert NOT_BEGUN.of_tasks(CHAIN.tasks) is CHAIN.tasks


@pytest.mark.parametrize(("standing", "is_refused"), [(NOT_BEGUN, True), (Standing(over=["a"]), False)])
def test_the_deadline_counts_what_is_left(standing, is_refused):
    constraints = GoalConstraints(deadline=NOW + timedelta(hours=2))
    found = validate(CHAIN, Surroundings(constraints=constraints, now=NOW, standing=standing))
    assert [error.path for error in found.errors] == ["schedule"] * is_refused


def test_a_run_that_goes_on_tries_again_what_failed():
    running = TaskState(status=TaskStatus.EXECUTING, started_at=NOW - timedelta(hours=1))
    assert standing_of(CHAIN, {"a": DONE, "b": running}, NOW) == Standing(over=["a"], spent={"b": HOUR})
    assert standing_of(CHAIN, {"a": DONE, "b": FAILED}, NOW).over == ["a"]
    had_its_effect = TaskState(status=TaskStatus.FAILED, effect="done")
    assert standing_of(CHAIN, {"a": DONE, "b": had_its_effect}, NOW).over == ["a", "b"]


def test_what_was_skipped_is_over_unless_what_it_waited_for_is_not():
    assert standing_of(CHAIN, {"a": DONE, "b": SKIPPED}, NOW).over == ["a", "b"]
    assert standing_of(CHAIN, {"a": FAILED, "b": SKIPPED}, NOW).over == []


def test_the_next_run_begins_with_what_was_completed():
    doubtful = TaskState(status=TaskStatus.IN_DOUBT, started_at=NOW)
    assert standing_after(CHAIN, {"a": DONE, "b": doubtful}) == Standing(over=["a"])
