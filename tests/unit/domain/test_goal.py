from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from groundplan.domain.goal import Breakdown, DecompositionStrategy, Goal, GoalConstraints, GoalType
from groundplan.domain.lifecycle import GoalStatus
from tests.plan_factories import NOW


def test_id_asker_and_text_are_enough():
    goal = Goal(goal_id="g-1", agent_did="did:web:ana.example", goal_text="Plan the party")
    assert (goal.goal_id, goal.agent_did, goal.goal_text) == ("g-1", "did:web:ana.example", "Plan the party")


def test_what_is_left_out_has_its_default():
    goal = Goal(goal_text="Plan the party")
    assert goal.goal_type is GoalType.SIMPLE
    assert goal.priority == 5
    assert goal.constraints == GoalConstraints()
    assert goal.decomposition_strategy is DecompositionStrategy.HYBRID
    assert goal.breakdown is Breakdown.HYBRID
    assert goal.status is GoalStatus.PENDING
    assert goal.metadata == {}
    assert goal.created_at.tzinfo is UTC


def test_ids_are_made_where_none_is_given():
    first, second = Goal(goal_text="x"), Goal(goal_text="x")
    assert len(first.goal_id) == 36
    assert first.goal_id != second.goal_id


def test_create_makes_the_id_and_takes_the_time():
    goal = Goal.create(agent_did="did:key:z6Mk", goal_text="Plan the party", now=NOW, priority=9)
    assert (goal.created_at, goal.priority, goal.agent_did) == (NOW, 9, "did:key:z6Mk")


def test_create_without_a_time_takes_the_present_one():
    before = datetime.now(UTC)
    assert before <= Goal.create(agent_did="did:key:z6Mk", goal_text="x").created_at <= datetime.now(UTC)


@pytest.mark.parametrize("goal_id", ["test-1", "goal_abc123", "7", "Ziel №1", "a" * 400])
def test_an_id_of_the_callers_own_is_kept(goal_id):
    assert Goal(goal_id=goal_id, goal_text="x").goal_id == goal_id


@pytest.mark.parametrize(
    "wrong",
    [
        {"goal_id": ""},
        {"goal_id": 7},
        {"agent_did": "ana"},
        {"agent_did": "did:web:"},
        {"priority": 0},
        {"priority": 11},
        {"goal_type": "huge"},
        {"breakdown": "sideways"},
        {"decomposition_strategy": "luck"},
        {"status": "running"},
        {"color": "red"},
        {"created_at": "yesterday"},
    ],
)
def test_what_does_not_fit_is_refused(wrong):
    with pytest.raises(ValidationError):
        Goal(goal_text="x", **wrong)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (GoalType, "simple compound recursive"),
        (DecompositionStrategy, "hybrid llm template"),
        (Breakdown, "hybrid hierarchical functional temporal resource_based risk_based"),
        (GoalStatus, "pending decomposing ready executing completed failed cancelled"),
    ],
)
def test_enums_have_the_documented_values(kind, values):
    assert [member.value for member in kind] == values.split()
    assert all(member == member.value for member in kind)


def test_constraints_hold_limits_tools_capabilities_and_anything_else():
    limits = GoalConstraints(
        deadline="2024-04-01T12:00:00",
        max_cost=12.5,
        max_tokens=1000,
        max_parallel=2,
        required_tools=["email.send"],
        forbidden_tools=["shell.run"],
        required_capabilities=["writing"],
        forbidden_capabilities=["payments"],
        success_criteria=["everybody came"],
        extra={"tone": "friendly"},
    )
    assert limits.deadline == datetime(2024, 4, 1, 12, tzinfo=UTC)
    assert Goal(goal_text="x", constraints=limits.model_dump()).constraints == limits


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_cost": -1},
        {"max_cost": float("inf")},
        {"max_cost": float("nan")},
        {"max_tokens": -1},
        {"max_tokens": 1.5},
        {"max_parallel": 0},
        {"budget": 3},
    ],
)
def test_limits_that_mean_nothing_are_refused(wrong):
    with pytest.raises(ValidationError):
        GoalConstraints(**wrong)


def test_a_time_without_a_zone_is_utc():
    assert Goal(goal_text="x", created_at=datetime(2024, 3, 1, 12)).created_at == NOW


def test_a_time_of_another_zone_is_the_same_instant_in_utc():
    eastern = datetime(2024, 3, 1, 7, tzinfo=timezone(timedelta(hours=-5)))
    created = Goal(goal_text="x", created_at=eastern).created_at
    assert (created, created.tzinfo) == (NOW, UTC)


@pytest.mark.parametrize("edge", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_that_utc_does_not_have_is_refused(edge):
    with pytest.raises(ValidationError, match="years 1 to 9999"):
        Goal(goal_text="x", created_at=edge)


def test_a_goal_does_not_change_in_place():
    with pytest.raises(ValidationError, match="frozen"):
        Goal(goal_text="x").status = GoalStatus.READY


def test_a_step_of_its_life_leaves_the_rest():
    goal = Goal(goal_id="g", goal_text="x", metadata={"ticket": 7})
    next_one = goal.to(GoalStatus.DECOMPOSING)
    assert next_one.status is GoalStatus.DECOMPOSING
    assert goal.status is GoalStatus.PENDING
    assert next_one.model_copy(update={"status": goal.status}) == goal
