import pytest

from groundplan.domain.context import ContextScope, inject_context
from groundplan.domain.errors import ErrorCode, PlanningError
from tests.plan_factories import plan, task

OUTPUTS = {"a": {"path": "/data/x", "rows": [{"n": 1}, {"n": 2}], "total": 7, "none": None}, "b": "just text"}


def injected(inputs, outputs=OUTPUTS, **more):
    work = task("t", "a", inputs=inputs)
    return inject_context(work, plan(task("a"), work), outputs=outputs, **more)


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("${a.output.path}", "/data/x"),
        ("${a.output.total}", 7),
        ("${a.output.none}", None),
        ("${a.output.rows}", [{"n": 1}, {"n": 2}]),
        ("${a.output.rows[1].n}", 2),
        ("${a.output.rows.0.n}", 1),
        ("${a.outputs.total}", 7),
        ("${a.output}", OUTPUTS["a"]),
        ("${b.output}", "just text"),
        ("copy ${a.output.path} ${a.output.total} times", "copy /data/x 7 times"),
        ("no binding at all", "no binding at all"),
        ("$5 and {a.output.path}", "$5 and {a.output.path}"),
        ({"deep": ["${a.output.total}", 3, {"k": "${b.output}"}]}, {"deep": [7, 3, {"k": "just text"}]}),
        (None, None),
    ],
)
def test_bindings_are_filled_with_what_they_name(value, filled):
    assert injected({"x": value}).inputs == {"x": filled}


def test_the_context_knows_its_task_plan_and_goal():
    context = injected({}, domain={"currency": "EUR"})
    assert (context.task_id, context.plan_id, context.goal_id) == ("t", "plan-1", "goal-1")
    assert context.scope is ContextScope.TASK
    assert context.domain == {"currency": "EUR"}
    assert injected({}).domain == {}


def test_without_outputs_those_recorded_in_the_plan_are_used():
    done = task("a", status="completed", outputs={"n": 5})
    work = task("t", "a", inputs={"x": "${a.output.n}"})
    assert inject_context(work, plan(done, work)).inputs == {"x": 5}


def test_secrets_stay_references_and_are_told_with_their_places():
    context = injected(
        {"key": "secret://mail/key", "n": 3, "list": [1, {"auth": "Bearer secret://token"}], "path": "${a.output.path}"}
    )
    assert context.secrets == {"key": "secret://mail/key", "list[1].auth": "Bearer secret://token"}
    assert context.inputs["key"] == "secret://mail/key"


def test_what_an_output_calls_a_secret_is_none():
    context = injected({"x": "${a.output.path}"}, {"a": {"path": "secret://bank/key"}})
    assert (context.inputs, context.secrets) == ({"x": "secret://bank/key"}, {})


def test_an_output_inside_of_a_text_is_json_and_is_not_filled_again():
    outputs = {"a": {"row": {"n": None, "ok": True, "s": "ü"}, "path": "${a.output.row}"}}
    context = injected({"x": "is ${a.output.row}, at ${a.output.path}"}, outputs)
    assert context.inputs == {"x": 'is {"n": null, "ok": true, "s": "ü"}, at ${a.output.row}'}


def test_large_outputs_cannot_be_bound_any_number_of_times():
    outputs = {"a": {"text": "x" * 1_000_000, "rows": [{"n": "y" * 1_000}] * 1_000}}
    assert len(injected({"x": ["${a.output.text}"] * 8}, outputs).inputs["x"]) == 8
    for value in (["${a.output.text}"] * 9, "${a.output.text}" * 9, ["${a.output.rows}"] * 8):
        with pytest.raises(PlanningError, match="more than 8000000 characters") as caught:
            injected({"x": value}, outputs)
        assert caught.value.code is ErrorCode.BINDING_INVALID
        assert "x" * 100 not in str(caught.value.to_dict())


@pytest.mark.parametrize(
    ("binding", "why"),
    [
        ("${z.output.x}", "no output of 'z' is known"),
        ("${a.output.nothing}", "its output has no 'nothing'"),
        ("${a.output.rows[2].n}", "its output has no '2'"),
        ("${a.output.rows.first}", "its output has no 'first'"),
        ("${a.output.total.x}", "its output has no 'x'"),
        ("${b.output.0}", "its output has no '0'"),
    ],
)
@pytest.mark.parametrize("within", ["{}", "text around {}"])
def test_a_binding_to_what_is_not_there_is_refused(binding, why, within):
    with pytest.raises(PlanningError, match=why) as caught:
        injected({"x": within.format(binding)})
    assert caught.value.code is ErrorCode.BINDING_INVALID
    assert caught.value.details == {"task_id": "t", "binding": binding}


def test_the_scopes_have_the_documented_values():
    assert [scope.value for scope in ContextScope] == ["task", "plan", "goal", "global"]
