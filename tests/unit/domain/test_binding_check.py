import pytest
from hypothesis import given

from groundplan.domain.binding_check import binding_findings, texts_in
from groundplan.domain.errors import ErrorCode
from groundplan.domain.task import Compensation
from groundplan.domain.validation import validate
from tests.plan_factories import json_values, plan, task


def findings(value, **fields):
    return list(binding_findings([task("a"), task("b", "a", inputs={"x": value}, **fields)]))


@pytest.mark.parametrize(
    "value",
    [
        "${a.output}",
        "${a.output.rows[0].id} and ${a.outputs.rows.0.id}",
        "${a.output.grid[0][1]}",
        {"deep": ["${a.output.n}", 3]},
        "$5, ${HOME}, ${HOME.x} and {a.output}",
        "secret://mail/key",
        ["Bearer secret://token", "${a.output.n}"],
    ],
)
def test_what_can_be_filled_passes(value):
    assert findings(value) == []


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("${z.output.n}", "bound to the output of 'z', which cannot be there"),
        ("${b.output.n}", "bound to the output of 'b', which cannot be there"),
        ("${a.result}", "has '${a.result}', which is no binding"),
        ("${a.output n}", "has '${a.output n}', which is no binding"),
        ("${a.output[0]}", "has '${a.output[0]}', which is no binding"),
        ("${a.output.n", "has '${a.output.n', which is no binding"),
        ("${z.output.}", "has '${z.output.}', which is no binding"),
        ("${a.output.x..y}", "which is no binding"),
        ("${a.output.x[y]}", "which is no binding"),
        ("${a.output.x[}", "which is no binding"),
        ("${a.output.n} secret://mail/key", "a secret and an output in one text"),
        ("secret://mail-${a.output.name}", "a secret and an output in one text"),
        ("secret://${a.output.name}", "a secret:// without a name"),
        ("secret://mail/key and secret://../key", "a secret:// without a name"),
    ],
)
def test_what_cannot_be_filled_is_found_before_the_run(value, message):
    [found] = findings({"k": [1, value]})
    assert (found.code, found.path) == (ErrorCode.BINDING_INVALID, "tasks[1].inputs.x.k[1]")
    assert message in found.message
    assert found.suggestion


def test_every_fault_of_a_text_is_found():
    assert len(findings("${z.output.n} ${y.output.n} ${a.nothing}")) == 3


def test_what_undoes_a_task_may_need_its_own_output():
    undo = Compensation(description="Take it back", tool="pay.refund", inputs={"id": "${b.output.id}"})
    assert findings("1", compensation=undo) == []
    [found] = findings("1", compensation=undo.model_copy(update={"inputs": {"id": "${z.output.id}"}}))
    assert found.path == "tasks[1].compensation.inputs.id"


def test_validation_tells_them():
    [error] = validate(plan(task("a"), task("b", "a", inputs={"x": "${a.nothing}"}))).errors
    assert error.code is ErrorCode.BINDING_INVALID


@given(json_values)
def test_no_value_of_an_input_breaks_the_check(value):
    assert all("${" in text or "secret://" in text for _, text in texts_in(value, "x"))
    assert findings(value) == [] or "${" in repr(value)
