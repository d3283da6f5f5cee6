from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.domain.agents import AgentCapability
from groundplan.domain.cache_key import cache_key, normalized_goal
from groundplan.domain.goal import Breakdown, DecompositionStrategy, Goal, GoalConstraints, GoalType
from groundplan.domain.settings import ModelLimits, PlannerSettings
from groundplan.domain.tools import ToolSpec

SEND = ToolSpec(name="email.send", arguments={"properties": {"to": {"type": "string"}}})
READ = ToolSpec(name="file.read")
ANA = AgentCapability(agent_id="ana", capabilities=["writing"])
BOB = AgentCapability(agent_id="bob")
SURROUNDINGS: dict[str, Any] = {
    "tools": [SEND, READ],
    "agents": [ANA, BOB],
    "model_name": "ollama:tiny",
    "template_version": "7",
    "settings": PlannerSettings(),
    "notes": "We ship on Fridays.",
}


def goal(text: str = "Ship the release", **fields: Any) -> Goal:
    return Goal(goal_text=text, **fields)


BASE = cache_key(goal(), **SURROUNDINGS)


def test_it_is_64_hexadecimal_digits() -> None:
    assert len(BASE) == 64
    assert set(BASE) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    "other",
    [
        goal("Ship the other release"),
        goal("ship the release"),
        goal(goal_type=GoalType.RECURSIVE),
        goal(decomposition_strategy=DecompositionStrategy.LLM),
        goal(breakdown=Breakdown.TEMPORAL),
        goal(constraints=GoalConstraints(max_cost=5)),
        goal(constraints=GoalConstraints(forbidden_tools=["file.read"])),
        goal(constraints=GoalConstraints(extra={"tone": "friendly"})),
    ],
)
def test_whatever_shapes_the_plan_in_the_goal_changes_the_key(other: Goal) -> None:
    assert cache_key(other, **SURROUNDINGS) != BASE


@pytest.mark.parametrize(
    "changed",
    [
        {"tools": [SEND]},
        {"tools": [SEND.model_copy(update={"arguments": {}}), READ]},
        {"tools": [SEND.model_copy(update={"irreversible": True}), READ]},
        {"agents": []},
        {"agents": [ANA.model_copy(update={"capabilities": ["law"]}), BOB]},
        {"model_name": "ollama:large"},
        {"template_version": "8"},
        {"notes": ""},
        {"settings": PlannerSettings(model=ModelLimits(temperature=0.9))},
        {"settings": PlannerSettings(model=ModelLimits(max_steps=3))},
    ],
)
def test_whatever_shapes_the_plan_around_the_goal_changes_the_key(changed: dict[str, Any]) -> None:
    assert cache_key(goal(), **(SURROUNDINGS | changed)) != BASE


@pytest.mark.parametrize(
    "same",
    [
        goal(goal_id="another"),
        goal(agent_did="did:web:somebody.else"),
        goal(priority=10),
        goal(metadata={"ticket": 7}),
        goal("  Ship   the\trelease \n"),
    ],
)
def test_what_the_steps_do_not_depend_on_leaves_the_key(same: Goal) -> None:
    assert cache_key(same, **SURROUNDINGS) == BASE


@pytest.mark.parametrize(
    "same",
    [
        {"tools": [READ, SEND]},
        {"agents": [BOB, ANA.model_copy(update={"available": False, "capacity": 9})]},
        {"settings": PlannerSettings(risk_threshold_probability=0.1, cache_ttl_seconds=1)},
    ],
)
def test_what_only_later_steps_use_leaves_the_key(same: dict[str, Any]) -> None:
    assert cache_key(goal(), **(SURROUNDINGS | same)) == BASE


def test_numbers_beyond_two_to_the_53_in_a_tools_schema_are_no_obstacle() -> None:
    wide = ToolSpec(name="db.read", arguments={"maximum": 2**63 - 1})
    wider = ToolSpec(name="db.read", arguments={"maximum": 2**63})
    assert cache_key(goal(), tools=[wide]) != cache_key(goal(), tools=[wider])


def test_no_part_can_be_mistaken_for_another() -> None:
    assert cache_key(goal(), notes="x") != cache_key(goal(), model_name="x")


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Ship  it", "Ship it"),
        (" Ship it ", "Ship it"),
        ("Ship\u00a0it", "Ship it"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("1. a\n\n\n\n2. b", "1. a\n\n2. b"),
        ("\n\n1. a\n2. b\n\n", "1. a\n2. b"),
        ("  1. a\n     - b  \n  2. c", "1. a\n   - b\n2. c"),
        ("1. a\n\t- b", "1. a\n    - b"),
        ("cafe\u0301", "caf\u00e9"),
        ("US", "US"),
        ("", ""),
        (" \n\t\n ", ""),
    ],
)
def test_spacing_is_made_regular_and_lines_stay(text: str, normal: str) -> None:
    assert normalized_goal(text) == normal


def test_a_list_and_a_sentence_are_different_goals() -> None:
    assert normalized_goal("1. a 2. b") != normalized_goal("1. a\n2. b")
    assert normalized_goal("- a\n  - b") != normalized_goal("- a\n- b")


@given(st.text())
def test_normalizing_twice_is_normalizing_once(text: str) -> None:
    once = normalized_goal(text)
    assert normalized_goal(once) == once


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=50))
def test_any_text_has_a_key(text: str) -> None:
    assert len(cache_key(goal(text))) == 64
