"""The state machines, against a table written out from the requirements, not from the code."""

from itertools import pairwise

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.goal import Goal
from groundplan.domain.lifecycle import GoalStatus, PlanStatus, TaskStatus
from tests.plan_factories import NOW, plan, task

TASK_CHAINS = """
pending ready executing completed compensated
pending blocked pending
pending skipped pending
pending cancelled
ready blocked
ready skipped
ready cancelled
executing failed ready
executing cancelled
executing in_doubt ready
in_doubt completed
in_doubt failed pending
"""
PLAN_CHAINS = """
pending draft validated awaiting_approval validated executing completed rolling_back rolled_back
draft failed rolling_back
executing replanning executing
replanning failed
replanning cancelled
executing failed
executing cancelled rolling_back
pending cancelled
draft cancelled
validated cancelled
awaiting_approval cancelled
"""
GOAL_CHAINS = """
pending decomposing ready executing completed
pending failed
pending cancelled
decomposing failed
decomposing cancelled
ready failed
ready cancelled
executing failed
executing cancelled
"""


def steps(chains):
    """Every step of the chains, as (from, to)."""
    return {step for line in chains.split("\n") for step in pairwise(line.split())}


def goal(status):
    return Goal(goal_text="Get it done", status=status)


def cases():
    table = (
        (TaskStatus, TASK_CHAINS, lambda now, then: task(status=now).to(then, now=NOW)),
        (PlanStatus, PLAN_CHAINS, lambda now, then: plan(status=now).to(then, now=NOW)),
        (GoalStatus, GOAL_CHAINS, lambda now, then: goal(now).to(then)),
    )
    for kind, chains, move in table:
        allowed = steps(chains)
        assert {name for step in allowed for name in step} == {status.value for status in kind}
        for current in kind:
            after = [target for target in kind if (current.value, target.value) in allowed]
            yield pytest.param(current, after, move, id=f"{kind.__name__}-{current}")


@pytest.mark.parametrize(("current", "allowed", "move"), list(cases()))
def test_only_the_listed_steps_are_taken(current, allowed, move):
    taken = []
    for target in type(current):
        try:
            assert move(current, target).status is target
        except PlanningError as error:
            assert error.code is ErrorCode.ILLEGAL_TRANSITION
            assert (error.details["current"], error.details["target"]) == (current.value, target.value)
        else:
            taken.append(target)
    assert taken == allowed


def test_the_refusal_says_what_may_follow():
    with pytest.raises(PlanningError, match="'t1' is 'executing' and cannot become 'skipped'") as caught:
        task(status="executing").to(TaskStatus.SKIPPED, now=NOW)
    assert caught.value.details["allowed"] == ["cancelled", "completed", "failed", "in_doubt"]
    assert "cancelled, completed, failed, in_doubt" in caught.value.recovery_suggestion


def test_the_refusal_says_when_a_status_is_final():
    with pytest.raises(PlanningError) as caught:
        goal(GoalStatus.COMPLETED).to(GoalStatus.PENDING)
    assert caught.value.details["allowed"] == []
    assert "final" in caught.value.recovery_suggestion


@pytest.mark.parametrize("word", ["active", "running"])
def test_a_plan_may_be_called_active_or_running(word):
    assert PlanStatus(word) is PlanStatus.EXECUTING


def test_a_task_may_be_called_running_but_not_active():
    assert TaskStatus("running") is TaskStatus.EXECUTING
    with pytest.raises(ValueError, match="active"):
        TaskStatus("active")
