import pytest
from pydantic import ValidationError

from groundplan.domain.events import Event, EventType
from groundplan.domain.runs import CheckpointMode, ModelAnswer, PlanningRun
from tests.plan_factories import NOW


def test_an_event_has_a_type_and_a_time():
    event = Event(type="plan.created", at=NOW.replace(tzinfo=None))
    assert (event.type, event.at, event.event_id, event.data) == (EventType.PLAN_CREATED, NOW, None, {})
    assert Event.model_validate_json(event.model_dump_json()) == event


@pytest.mark.parametrize("kind", list(EventType))
def test_types_are_named_by_subject_and_what_happened(kind):
    subject, _, happened = kind.value.partition(".")
    assert subject in {"goal", "plan", "task", "risk", "issue"} and happened


def test_an_unknown_type_is_refused():
    with pytest.raises(ValidationError):
        Event(type="plan.forgotten", at=NOW)


def test_a_run_is_checkpointed_at_every_step_unless_it_says_otherwise():
    run = PlanningRun(run_id="r", goal_id="g", created_at=NOW)
    assert run.mode is CheckpointMode.STEPS
    assert [mode.value for mode in CheckpointMode] == ["steps", "ends"]


@pytest.mark.parametrize("wrong", [{"run_id": ""}, {"goal_id": ""}, {"mode": "never"}])
def test_a_run_that_does_not_fit_is_refused(wrong):
    with pytest.raises(ValidationError):
        PlanningRun(**({"run_id": "r", "goal_id": "g", "created_at": NOW} | wrong))


def test_an_answer_carries_what_it_took():
    answer = ModelAnswer(text="{}", model="ollama:tiny")
    assert (answer.finish, answer.input_tokens, answer.output_tokens, answer.latency_ms) == ("stop", 0, 0, 0)
    with pytest.raises(ValidationError):
        ModelAnswer(text="", model="m", output_tokens=-1)
