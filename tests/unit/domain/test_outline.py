import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from groundplan.domain.ids import plan_id_of, task_id_of
from groundplan.domain.outline import (
    BINDING,
    Origin,
    Outline,
    OutlineDependency,
    OutlineStep,
    instantiate,
    outline_of,
    rebind,
)
from groundplan.domain.resources import GIVEN, ResourceEstimate, ThreePoint
from groundplan.domain.task import Compensation, DependencyKind, RetryPolicy, TaskDependency, TaskType
from tests.plan_factories import NOW, json_values, task

BY_MODEL = Origin(strategy="llm", model="ollama:tiny")
PLAN_ID = plan_id_of("run-1")


def outline(*steps):
    return Outline(steps=list(steps), origin=BY_MODEL)


def step(key, *after, **fields):
    waits = [OutlineDependency(key=other) if isinstance(other, str) else other for other in after]
    return OutlineStep(key=key, depends_on=waits, **({"name": f"Do {key}"} | fields))


FULL = step(
    "build",
    "fetch",
    OutlineDependency(key="fetch", kind="data", output="path", input="file"),
    OutlineDependency(key="test", kind="conditional", condition="output.ok"),
    name="Build it",
    description="All of it",
    task_type="tool_call",
    category="build",
    phase="making",
    tool="ci.build",
    inputs={"file": "${fetch.output.path}", "n": 3},
    duration=(1, 2, 3),
    tokens=(4, 5, 6),
    cost=(0.1, 0.2, 0.3),
    cpu_cores=2,
    memory_mb=512,
    success_criteria=["it runs"],
    required_capabilities=["building"],
    condition="${test.output.passed} > 3",
    compensation=Compensation(description="remove it", tool="ci.remove"),
    retry_policy=RetryPolicy(attempts=3),
    timeout_seconds=60,
    optional=True,
    irreversible=True,
)


def test_an_origin_without_a_model_cost_nothing():
    origin = Origin(strategy="template")
    assert (origin.calls, origin.tokens, origin.latency_ms, origin.cache_hit, origin.model) == (0, 0, 0, False, None)


def test_every_step_becomes_a_task_of_the_plan():
    tasks = instantiate(outline(step("fetch"), step("test"), FULL), PLAN_ID, now=NOW)
    assert [made.task_id for made in tasks] == [task_id_of(PLAN_ID, number) for number in (1, 2, 3)]
    assert [made.sequence_order for made in tasks] == [1, 2, 3]
    assert {made.plan_id for made in tasks} == {PLAN_ID}
    assert {made.created_at for made in tasks} == {NOW}


def test_what_a_step_says_its_task_says():
    fetch, test, built = instantiate(outline(step("fetch"), step("test"), FULL), PLAN_ID, now=NOW)
    assert built == built.model_copy(
        update={
            "name": "Build it",
            "description": "All of it",
            "task_type": TaskType.TOOL_CALL,
            "category": "build",
            "phase": "making",
            "tool": "ci.build",
            "inputs": {"file": f"${{{fetch.task_id}.output.path}}", "n": 3},
            "dependencies": [
                TaskDependency(task_id=fetch.task_id),
                TaskDependency(task_id=fetch.task_id, kind=DependencyKind.DATA, output="path", input="file"),
                TaskDependency(task_id=test.task_id, kind=DependencyKind.CONDITIONAL, condition="output.ok"),
            ],
            "resource_estimate": ResourceEstimate(
                duration=ThreePoint(1, 2, 3),
                tokens=ThreePoint(4, 5, 6),
                cost=ThreePoint(0.1, 0.2, 0.3),
                cpu_cores=2,
                memory_mb=512,
                basis=GIVEN,
            ),
            "condition": f"${{{test.task_id}.output.passed}} > 3",
            "compensation": Compensation(description="remove it", tool="ci.remove"),
            "retry_policy": RetryPolicy(attempts=3),
            "timeout_seconds": 60,
            "success_criteria": ["it runs"],
            "required_capabilities": ["building"],
            "optional": True,
            "irreversible": True,
        }
    )


def test_a_step_that_says_little_leaves_the_rest_open():
    (made,) = instantiate(outline(step("a")), PLAN_ID, now=NOW)
    assert made.resource_estimate is None
    assert made.retry_policy == RetryPolicy()
    assert made.condition is None


def test_the_way_there_and_back_keeps_all_but_the_keys():
    first = instantiate(outline(step("fetch"), step("test"), FULL), PLAN_ID, now=NOW)
    back = outline_of(first, BY_MODEL, title="T", reasoning="R")
    assert (back.title, back.reasoning, back.origin) == ("T", "R", BY_MODEL)
    assert [made.key for made in back.steps] == [made.task_id for made in first]
    assert instantiate(back, PLAN_ID, now=NOW) == first


def test_ids_stay_when_steps_are_dropped_and_added():
    one, two, three = instantiate(outline(step("a"), step("b", "a"), step("c", "b")), PLAN_ID, now=NOW)
    rest = outline_of([one, three.model_copy(update={"dependencies": []})], BY_MODEL)
    longer = rest.model_copy(update={"steps": [step("new"), *rest.steps, step("last", three.task_id, "new")]})
    again = instantiate(longer, PLAN_ID, now=NOW)
    assert [made.name for made in again] == ["Do new", "Do a", "Do c", "Do last"]
    assert [made.task_id for made in again] == [
        task_id_of(PLAN_ID, 4),
        one.task_id,
        three.task_id,
        task_id_of(PLAN_ID, 5),
    ]
    assert again[3].predecessors == [three.task_id, task_id_of(PLAN_ID, 4)]
    assert two.task_id not in {made.task_id for made in again}


@pytest.mark.parametrize("key", [task_id_of(PLAN_ID, 1) + "b", task_id_of(PLAN_ID, 1)[:-1] + "x", "9" * 20])
def test_a_key_that_only_looks_like_an_id_of_the_plan_gets_a_new_one(key):
    made = instantiate(outline(step(key), step(task_id_of(PLAN_ID, 5))), PLAN_ID, now=NOW)
    assert [one.task_id for one in made] == [task_id_of(PLAN_ID, 6), task_id_of(PLAN_ID, 5)]


def test_in_another_plan_the_same_outline_has_other_ids():
    first = instantiate(outline(step("a"), step("b", "a")), PLAN_ID, now=NOW)
    other = instantiate(outline_of(first, BY_MODEL), plan_id_of("run-2"), now=NOW)
    assert not {made.task_id for made in first} & {made.task_id for made in other}
    assert other[1].predecessors == [other[0].task_id]


def test_a_wait_for_what_is_not_there_is_kept_for_resolve_to_report():
    (made,) = instantiate(outline(step("a", "nowhere", inputs={"x": "${nowhere.output}"})), PLAN_ID, now=NOW)
    assert made.predecessors == ["nowhere"]
    assert made.inputs == {"x": "${nowhere.output}"}


def test_of_two_steps_with_one_key_the_first_is_meant():
    first, second, third = instantiate(outline(step("a"), step("a"), step("b", "a")), PLAN_ID, now=NOW)
    assert third.predecessors == [first.task_id]
    assert first.task_id != second.task_id


def test_two_steps_that_claim_one_id_both_keep_it_for_validation_to_report():
    known = task_id_of(PLAN_ID, 1)
    first, second = instantiate(outline(step(known), step(known)), PLAN_ID, now=NOW)
    assert first.task_id == second.task_id == known


def test_estimates_that_nobody_gave_do_not_come_back_as_given():
    prior = ResourceEstimate(duration=ThreePoint(1, 2, 3), basis="prior for build")
    (back,) = outline_of([task(resource_estimate=prior)], BY_MODEL).steps
    assert back.duration is None


def test_of_an_estimate_that_was_completed_only_the_given_part_comes_back():
    both = ResourceEstimate(
        duration=ThreePoint(1, 2, 3), cost=ThreePoint(1, 1, 1), memory_mb=64, basis=f"{GIVEN}; prior for build"
    )
    (back,) = outline_of([task(resource_estimate=both)], BY_MODEL).steps
    assert (back.duration, back.cost, back.tokens, back.memory_mb) == (None, ThreePoint(1, 1, 1), None, 64)


@pytest.mark.parametrize(
    "wrong",
    [
        {"tool": "no-domain"},
        {"timeout_seconds": 0},
        {"name": ""},
        {"key": ""},
        {"duration": (3, 2, 1)},
        {"depends_on": [{"key": "b", "kind": "data"}]},
        {"depends_on": [{"key": "b", "kind": "conditional"}]},
        {"status": "pending"},
    ],
)
def test_a_step_obeys_the_rules_of_the_task_it_becomes(wrong):
    with pytest.raises(ValidationError):
        OutlineStep(**({"key": "a", "name": "A"} | wrong))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${a.output.x}", "${1.output.x}"),
        ("${a.outputs.x[0].y}", "${1.output.x[0].y}"),
        ("${a.output}", "${1.output}"),
        ("from ${a.output.x} to ${b.output.y}", "from ${1.output.x} to ${2.output.y}"),
        ("${other.output.x}", "${other.output.x}"),
        ("${a.input.x}", "${a.input.x}"),
        ("$a and {b} cost $5", "$a and {b} cost $5"),
    ],
)
def test_bindings_are_rewritten_and_other_text_is_not(text, expected):
    assert rebind(text, {"a": "1", "b": "2"}) == expected


def test_bindings_are_found_however_deep_they_lie():
    deep = {"k": [{"m": ["${a.output.x}", 5, None, True]}], "${a.output}": 1}
    assert rebind(deep, {"a": "1"}) == {"k": [{"m": ["${1.output.x}", 5, None, True]}], "${a.output}": 1}


@given(json_values)
def test_values_without_bindings_stay_as_they_are(value):
    assert "${" in str(value) or rebind(value, {"a": "1"}) == value


@given(st.from_regex(BINDING, fullmatch=True))
def test_a_binding_to_an_unknown_key_still_names_the_same(text):
    found, again = BINDING.fullmatch(text), BINDING.fullmatch(rebind(text, {}))
    assert again and again.groups() == found.groups()


def test_what_replanning_may_do_survives_the_way_there_and_back():
    after = OutlineDependency(key="a", order_only=True)
    given_steps = [step("a", tool="web.get", alternatives=["web.archive"], excluded_agents=["bob"]), step("b", after)]
    tasks = instantiate(outline(*given_steps), PLAN_ID, now=NOW)
    assert (tasks[0].alternatives, tasks[0].excluded_agents) == (["web.archive"], ["bob"])
    assert tasks[1].dependencies == [TaskDependency(task_id=tasks[0].task_id, order_only=True)]
    assert instantiate(outline_of(tasks, BY_MODEL), PLAN_ID, now=NOW) == tasks
