"""What goes into a checkpoint comes out of it: every model of the domain and of the planner's state."""

import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.types import Interrupt
from pydantic import BaseModel

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.goal import Goal, GoalType
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.graph.checkpoints import _classes, model_serializer
from groundplan.state import PlannerState
from groundplan.stores.postgres.serializer import ModelSerializer, encrypted
from tests.model_values import model_values
from tests.property_examples import examples

SERIALIZER = model_serializer()
MODELS = sorted(set(_classes(BaseModel)), key=lambda model: model.__qualname__)
ENUMS = sorted(set(_classes(Enum)), key=lambda kind: kind.__qualname__)


def back(value: Any, serializer: Any = SERIALIZER) -> Any:
    return serializer.loads_typed(serializer.dumps_typed(value))


def _models_in(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for argument in typing.get_args(kind):
        yield from _models_in(argument)


def test_every_channel_of_the_planner_is_covered() -> None:
    hints = typing.get_type_hints(PlannerState)
    needed = {model for hint in hints.values() for model in _models_in(hint)}
    assert needed <= set(MODELS)
    assert Goal in needed


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_comes_back_equal(model: type[BaseModel]) -> None:
    @settings(max_examples=examples(0.3), suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
    @given(model_values(model))
    def check(value: BaseModel) -> None:
        again = back(value)
        assert type(again) is model
        assert again == value

    check()


def test_what_a_factory_made_is_kept() -> None:
    goal = Goal(goal_text="x")
    assert (back(goal).goal_id, back(goal).created_at) == (goal.goal_id, goal.created_at)


@pytest.mark.parametrize("kind", ENUMS, ids=lambda kind: kind.__name__)
def test_every_enumeration_comes_back(kind: type[Enum]) -> None:
    for member in kind:
        assert back({"member": member})["member"] is member


@given(st.recursive(st.none() | st.integers(-(2**60), 2**60) | st.text(st.characters(codec="utf-8")), st.lists))
def test_other_values_come_back(value: Any) -> None:
    assert back(value) == value


def test_models_inside_other_values_come_back() -> None:
    value = {
        "goal": Goal(goal_text="x", goal_type=GoalType.COMPOUND),
        "interrupt": Interrupt({"plan_id": "p1"}, id="1"),
    }
    assert back(value) == value


def test_langgraph_may_widen_what_is_allowed() -> None:
    wider = SERIALIZER.with_msgpack_allowlist([("tests.somewhere", "Thing")])
    assert isinstance(wider, ModelSerializer)
    assert back(Goal(goal_text="x", goal_id="g"), wider).goal_id == "g"


def test_a_class_that_is_not_known_is_refused() -> None:
    known_to_none = ModelSerializer([])
    with pytest.raises(PlanningError) as caught:
        known_to_none.loads_typed(SERIALIZER.dumps_typed(Goal(goal_text="x")))
    assert caught.value.code is ErrorCode.SIGNATURE_MISMATCH


def test_a_class_of_somebody_else_is_not_rebuilt() -> None:
    class Foreign(BaseModel):
        x: int

    written = JsonPlusSerializer(allowed_msgpack_modules=True).dumps_typed(Foreign(x=1))
    assert not isinstance(SERIALIZER.loads_typed(written), BaseModel)


def test_data_that_was_changed_is_refused_not_rebuilt() -> None:
    kind, content = SERIALIZER.dumps_typed(ExecutionPlan(status=PlanStatus.CANCELLED))
    with pytest.raises(PlanningError) as caught:
        SERIALIZER.loads_typed((kind, content.replace(b"cancelled", b"destroyed")))
    assert caught.value.code is ErrorCode.SIGNATURE_MISMATCH


def test_text_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(PlanningError) as caught:
        SERIALIZER.dumps_typed(Goal(goal_text="half \ud800"))
    assert caught.value.code is ErrorCode.STORE_REJECTED


def test_encrypted_values_come_back_and_show_nothing() -> None:
    secret = encrypted(SERIALIZER, b"0123456789abcdef")
    goal = Goal(goal_text="Buy the yellow submarine")
    kind, content = secret.dumps_typed(goal)
    assert b"submarine" not in content
    assert secret.loads_typed((kind, content)) == goal
    assert back({"deep": [goal]}, secret) == {"deep": [goal]}


@pytest.mark.parametrize("key", [b"0123456789abcdef", b"another key, 16 b"[:16]], ids=["altered", "other key"])
def test_an_altered_ciphertext_or_another_key_is_noticed(key: bytes) -> None:
    kind, content = encrypted(SERIALIZER, b"0123456789abcdef").dumps_typed(Goal(goal_text="x"))
    if key == b"0123456789abcdef":
        content = content[:-1] + bytes([content[-1] ^ 1])
    with pytest.raises(PlanningError) as caught:
        encrypted(SERIALIZER, key).loads_typed((kind, content))
    assert caught.value.code is ErrorCode.SIGNATURE_MISMATCH


@pytest.mark.parametrize("value", [Goal(goal_text="x"), {"x": 1}], ids=["model", "other"])
def test_encrypted_data_without_a_key_is_said(value: Any) -> None:
    with pytest.raises(PlanningError) as caught:
        SERIALIZER.loads_typed(encrypted(SERIALIZER, b"0123456789abcdef").dumps_typed(value))
    assert "GROUNDPLAN_ENCRYPTION_KEY" in caught.value.recovery_suggestion


def test_what_was_written_before_there_was_a_key_is_read() -> None:
    goal = Goal(goal_text="x")
    assert encrypted(SERIALIZER, b"0123456789abcdef").loads_typed(SERIALIZER.dumps_typed(goal)) == goal


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(PlanningError) as caught:
        encrypted(SERIALIZER, b"short")
    assert caught.value.code is ErrorCode.SETTINGS_INVALID
    assert "short" not in str(caught.value)
