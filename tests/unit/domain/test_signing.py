"""What is signed, what is not, and what every change of it does."""

import math
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.lifecycle import PlanStatus, TaskStatus
from groundplan.domain.plan import ExecutionPlan, PlanMetadata, PlanType, Signature
from groundplan.domain.planned_task import planned_task
from groundplan.domain.resources import ResourceBudget, ResourceEstimate, ThreePoint
from groundplan.domain.risk import Impact, Risk, RiskCategory
from groundplan.domain.schedule import Schedule
from groundplan.domain.signing import Keyring, canonical_form, sign, verify
from groundplan.domain.task import Compensation, RetryPolicy, Task, TaskDependency, TaskType
from tests.plan_factories import LATER, NOW, chains_and_joins, json_values, plan, task
from tests.property_examples import examples

KEY = b"0123456789abcdef"
KEYS = {"k1": KEY}
SIGNED = sign(plan(task("a", inputs={"n": 1}), task("b", "a"), approval_reasons=["risky"]), "k1", KEY)

texts = st.text(min_size=1, max_size=30)
PLANNED = {
    "task_id": texts,
    "name": texts,
    "description": texts,
    "task_type": st.sampled_from(TaskType),
    "category": texts,
    "phase": texts,
    "tool": st.sampled_from(["email.send", "file.read"]),
    "dependencies": st.lists(st.builds(TaskDependency, task_id=texts), min_size=1, max_size=3),
    "inputs": st.dictionaries(texts, json_values, min_size=1, max_size=3),
    "resource_estimate": st.builds(
        ResourceEstimate, duration=st.floats(1, 1e6).map(lambda d: ThreePoint(d, d, d)), cpu_cores=st.floats(0, 64)
    ),
    "timeout_seconds": st.floats(0.1, 1e6),
    "retry_policy": st.builds(RetryPolicy, attempts=st.integers(2, 100), retry_on=st.lists(texts, max_size=2)),
    "compensation": st.builds(Compensation, description=texts, inputs=st.dictionaries(texts, json_values, max_size=2)),
    "condition": texts,
    "sequence_order": st.integers(1, 10_000),
    "required_capabilities": st.lists(texts, min_size=1, max_size=3),
    "success_criteria": st.lists(texts, min_size=1, max_size=3),
    "alternatives": st.lists(st.sampled_from(["email.send", "file.read"]), min_size=1, max_size=2),
    "excluded_agents": st.lists(texts, min_size=1, max_size=2),
    "optional": st.booleans(),
    "irreversible": st.booleans(),
}
RUN = {
    "plan_id": texts,
    "status": st.sampled_from(TaskStatus),
    "outputs": st.dictionaries(texts, json_values, min_size=1),
    "assigned_agent": texts,
    "idempotency_key": texts,
    "created_at": st.just(LATER),
    "started_at": st.just(NOW),
    "completed_at": st.just(LATER),
    "attempts": st.integers(1, 9),
    "error": st.dictionaries(texts, json_values, min_size=1),
}


def is_valid(changed, keys=KEYS):
    try:
        verify(changed, keys)
    except PlanningError as error:
        assert error.code is ErrorCode.SIGNATURE_MISMATCH
        return False
    return True


def with_task(field, value):
    first, *rest = SIGNED.tasks
    return SIGNED.model_copy(update={"tasks": [first.model_copy(update={field: value}), *rest]})


def test_every_field_of_a_task_is_either_planned_or_the_runs():
    assert PLANNED.keys() | RUN.keys() == Task.model_fields.keys()
    assert not PLANNED.keys() & RUN.keys()


@pytest.mark.parametrize("field", sorted(PLANNED))
@settings(max_examples=examples(0.5))
@given(data=st.data())
def test_any_change_of_what_was_planned_breaks_the_signature(field, data):
    value = data.draw(PLANNED[field])
    changed = with_task(field, value)
    same = planned_task(changed.tasks[0]) == planned_task(SIGNED.tasks[0])
    assert is_valid(changed) == same


@pytest.mark.parametrize("field", sorted(RUN))
@settings(max_examples=examples(0.5))
@given(data=st.data())
def test_no_change_that_a_run_makes_breaks_it(field, data):
    assert is_valid(with_task(field, data.draw(RUN[field])))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("plan_id", "plan-2"),
        ("version", 2),
        ("revises", 1),
        ("goal_id", "goal-2"),
        ("goal_text", "Get it done twice"),
        ("agent_did", "did:web:somebody.else"),
        ("approval_reasons", []),
        ("approval_reasons", ["risky", "dear"]),
        ("resource_budget", ResourceBudget(max_cost=10)),
        ("resource_budget", ResourceBudget(max_tokens=10)),
        ("tasks", []),
        ("tasks", SIGNED.tasks[:1]),
        ("tasks", SIGNED.tasks[::-1]),
        ("tasks", [*SIGNED.tasks, task("c")]),
        ("signature", Signature(key_id="k1", value="0" * 64)),
        ("signature", Signature(key_id="k1", value="é" * 32)),
        ("signature", Signature(key_id="k1", value="")),
        ("signature", None),
    ],
)
def test_any_change_of_what_was_approved_breaks_it(field, value):
    assert not is_valid(SIGNED.model_copy(update={field: value}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", PlanStatus.EXECUTING),
        ("plan_type", PlanType.PARALLEL),
        ("schedule", Schedule(makespan=3)),
        ("risks", [Risk(category=RiskCategory.TECHNICAL, description="x", probability=0.5, impact=Impact.LOW)]),
        ("resource_budget", ResourceBudget(tokens=5, cost=3, duration_seconds=9)),
        ("reasoning", "because"),
        ("created_at", LATER),
        ("updated_at", LATER),
        ("validated_at", LATER),
        ("execution_started_at", LATER),
        ("completed_at", LATER),
        ("metadata", PlanMetadata(strategy="llm")),
    ],
)
def test_no_change_of_what_a_run_writes_breaks_it(field, value):
    assert is_valid(SIGNED.model_copy(update={field: value}))


def test_every_field_of_a_plan_is_covered_by_these_tests():
    tested = {mark.args[1][index][0] for test in (
        test_any_change_of_what_was_approved_breaks_it,
        test_no_change_of_what_a_run_writes_breaks_it,
    ) for mark in test.pytestmark for index in range(len(mark.args[1]))}  # fmt: skip
    assert tested == ExecutionPlan.model_fields.keys() - {"given_graph"}


def test_a_whole_run_leaves_the_signature():
    ran = SIGNED.to(PlanStatus.VALIDATED, now=NOW).to(PlanStatus.EXECUTING, now=NOW)
    tasks = []
    for one in ran.tasks:
        running = one.to(TaskStatus.READY, now=NOW).to(TaskStatus.EXECUTING, now=NOW)
        tasks.append(running.to(TaskStatus.COMPLETED, now=NOW + timedelta(seconds=5), outputs={"n": 1}))
    verify(ran.model_copy(update={"tasks": tasks}), KEYS)


@given(chains_and_joins(), st.dictionaries(st.text(max_size=9), json_values, max_size=5), st.text(max_size=40))
def test_json_and_back_keeps_the_signature(tasks, inputs, text):
    first = tasks[0].model_copy(update={"inputs": inputs, "description": text})
    signed = sign(plan(first, *tasks[1:], goal_text=text), "k1", KEY)
    verify(ExecutionPlan.model_validate_json(signed.model_dump_json()), KEYS)


def test_the_form_is_rfc_8785():
    form = canonical_form(plan(task("b", inputs={"z": 1.0, "ä": 1e21, "a": "\u20ac\x0f\n"})))
    assert form.decode() == (
        '{"agent_did":"did:local:user","approval_reasons":[],"budget":{"max_cost":null,"max_tokens":null},"form":2,'
        '"goal_id":"goal-1","goal_text":"Get it done","plan_id":"plan-1","revises":null,"tasks":['
        '{"inputs":{"a":"€\\u000f\\n","z":1,"ä":1e+21},"name":"Do b","task_id":"b"}],"version":1}'
    )


def test_the_order_of_keys_does_not_matter_the_order_of_tasks_does():
    one, other = plan(task("a", inputs={"x": 1, "y": 2})), plan(task("a", inputs={"y": 2, "x": 1}))
    assert canonical_form(one) == canonical_form(other)
    assert canonical_form(plan(task("a"), task("b"))) != canonical_form(plan(task("b"), task("a")))


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**64, math.nan, math.inf, object(), "\ud800", b"\xff"])
def test_what_json_cannot_carry_exactly_is_refused(number):
    with pytest.raises(PlanningError, match="no canonical form") as caught:
        sign(plan(task("a", inputs={"n": [number]})), "k1", KEY)
    assert caught.value.code is ErrorCode.VALIDATION_FAILED
    assert caught.value.details["errors"]


def test_a_loop_in_the_inputs_is_refused():
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(PlanningError, match="no canonical form"):
        canonical_form(
            SIGNED.model_copy(update={"tasks": [SIGNED.tasks[0].model_copy(update={"inputs": {"x": loop}})]})
        )


@pytest.mark.parametrize("number", [2**53 - 1, -(2**53) + 1, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, -0.0])
def test_numbers_that_json_carries_exactly_are_signed(number):
    signed = sign(plan(task("a", inputs={"n": number})), "k1", KEY)
    verify(ExecutionPlan.model_validate_json(signed.model_dump_json()), KEYS)


def test_an_altered_plan_that_has_no_form_at_all_is_altered():
    assert not is_valid(with_task("inputs", {"n": 2**60}))


def test_an_altered_plan_is_named_with_its_version():
    with pytest.raises(PlanningError, match="'plan-1' version 3 is not what was signed") as caught:
        verify(SIGNED.model_copy(update={"version": 3}), KEYS)
    assert caught.value.details == {"plan_id": "plan-1", "version": 3}


def test_another_key_does_not_verify():
    assert not is_valid(SIGNED, {"k1": b"another-key-of-16"})


def test_a_key_that_is_not_there_is_said_by_its_id():
    with pytest.raises(PlanningError, match="'k1'") as caught:
        verify(SIGNED, {"k2": KEY})
    assert caught.value.code is ErrorCode.SIGNING_KEY_MISSING
    assert caught.value.details["key_id"] == "k1"


class TestKeyring:
    OLD, NEW = b"old-key-of-16-by", b"new-key-of-16-by"

    def test_the_active_key_signs(self):
        ring = Keyring({"old": self.OLD, "new": self.NEW}, "new")
        signed = ring.sign(plan())
        assert signed.signature.key_id == "new"
        ring.verify(signed)

    def test_after_a_rotation_old_plans_still_verify(self):
        signed = Keyring({"old": self.OLD}, "old").sign(plan())
        Keyring({"new": self.NEW, "old": self.OLD}, "new").verify(signed)

    def test_without_the_old_key_they_do_not(self):
        signed = Keyring({"old": self.OLD}, "old").sign(plan())
        with pytest.raises(PlanningError) as caught:
            Keyring({"new": self.NEW}, "new").verify(signed)
        assert caught.value.code is ErrorCode.SIGNING_KEY_MISSING

    @pytest.mark.parametrize(("keys", "active"), [({}, "a"), ({"a": OLD}, "b"), ({"a": b"short"}, "a")])
    def test_a_ring_without_its_active_key_or_with_a_short_one_is_refused(self, keys, active):
        with pytest.raises(ValueError, match="16 bytes"):
            Keyring(keys, active)

    def test_it_never_shows_a_key(self):
        shown = repr(Keyring({"a": self.OLD}, "a"))
        assert "old" not in shown and "active='a'" in shown
