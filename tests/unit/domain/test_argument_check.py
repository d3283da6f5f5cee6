import subprocess
import sys

import pytest

from groundplan.domain.argument_check import argument_errors
from groundplan.domain.tools import ToolSpec

SEND = {
    "type": "object",
    "properties": {
        "to": {"type": "string", "minLength": 3},
        "copies": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "when": {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"hour": {"type": "integer"}}}]},
        "style": {"enum": ["plain", "rich"]},
    },
    "required": ["to"],
    "additionalProperties": False,
}


def errors(inputs, schema=SEND):
    return list(argument_errors(ToolSpec(name="email.send", arguments=schema), inputs))


@pytest.mark.parametrize(
    "inputs",
    [
        {"to": "ana", "copies": 2, "tags": ["a"], "when": {"hour": 3}, "style": "rich"},
        {"to": "${s1.output.address}", "copies": "${s1.output.n}"},
        {"to": "secret://address", "copies": "secret://n"},
        {"to": "ana", "tags": "${s1.output.tags}"},
        {"to": "ana", "tags": ["${s1.output.a}", "${s1.output.a}"]},
        {"to": "ana", "when": {"hour": "${s1.output.hour}"}},
        {"to": "ana", "style": "${s1.output.style}"},
        {"to": "mail ${s1.output}"},
    ],
)
def test_inputs_that_fit_or_may_fit_once_they_are_bound_pass(inputs):
    assert errors(inputs) == []


@pytest.mark.parametrize(
    ("inputs", "path", "message"),
    [
        ({}, "", "'to' is a required property"),
        ({"to": "x"}, ".to", "'x' is too short"),
        ({"to": "ana", "copies": "2"}, ".copies", "'2' is not of type 'integer'"),
        ({"to": "ana", "tags": ["a", 3]}, ".tags[1]", "3 is not of type 'string'"),
        ({"to": "ana", "tags": ["a", "a"]}, ".tags", "has non-unique elements"),
        ({"to": "ana", "when": {"hour": "noon"}}, ".when", "is not valid under any of the given schemas"),
        ({"to": "ana", "style": "loud"}, ".style", "'loud' is not one of"),
        ({"to": "${s1.output.x}", "cc": "bob"}, "", "'cc' was unexpected"),
    ],
)
def test_inputs_that_cannot_fit_are_said_with_their_place(inputs, path, message):
    ((where, said),) = errors(inputs)
    assert where == path
    assert message in said


def test_all_that_does_not_fit_is_said():
    assert {where for where, _ in errors({"to": "x", "copies": "2", "style": 3})} == {".to", ".copies", ".style"}


def test_a_message_is_not_as_long_as_the_input():
    ((_, said),) = errors({"to": "ana", "copies": "9" * 10_000})
    assert len(said) == 300


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "text"},
        {"properties": 5},
        {"properties": {"to": {"pattern": "("}}},
        {"$ref": "#"},
        {"$ref": "#/$defs/nowhere"},
        {"$ref": "http://schemas.invalid/address.json"},
    ],
)
def test_a_schema_that_cannot_be_used_is_said_and_nothing_is_fetched(schema):
    ((where, said),) = errors({"to": "ana"}, schema)
    assert where == ""
    assert said.startswith("cannot be checked, the schema of email.send is invalid: ")


def test_a_schema_may_refer_to_itself():
    tree = {"$defs": {"n": {"properties": {"n": {"$ref": "#/$defs/n"}}, "maxProperties": 1}}, "$ref": "#/$defs/n"}
    assert errors({"n": {"n": {}}}, tree) == []
    ((where, _),) = errors({"n": {"a": 1, "b": 2}}, tree)
    assert where == ".n"


def test_jsonschema_is_imported_only_when_a_tool_is_checked():
    code = "import sys, groundplan.domain.validation; print('jsonschema' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
