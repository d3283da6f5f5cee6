import pytest
from langchain_core.tools import tool

from groundplan.domain.tools import ToolSpec
from groundplan.execution.executors.declare import declare
from groundplan.service.tool_specs import tool_specs


@tool
def send_mail(to: str, subject: str) -> str:
    """Send an e-mail."""
    return f"{to}: {subject}"


def test_a_tool_without_a_domain_is_local_and_keeps_its_schema():
    (spec,) = tool_specs([send_mail])
    assert spec.name == "local.send_mail"
    assert spec.description == "Send an e-mail."
    assert set(spec.arguments["properties"]) == {"to", "subject"}


def test_metadata_says_what_a_tool_may_do():
    marked = send_mail.model_copy(update={"metadata": {"irreversible": True, "capabilities": ["mail"]}})
    (spec,) = tool_specs([marked])
    assert spec.irreversible
    assert spec.capabilities == ["mail"]


async def undo(call, output):
    return None


@pytest.mark.parametrize(
    ("metadata", "declared", "says"),
    [
        ({}, {}, False),
        ({"capabilities": []}, {"idempotent": True}, False),
        ({"irreversible": False}, {}, True),
        ({"irreversible": True}, {}, True),
        ({}, {"irreversible": False}, True),
        ({}, {"compensate": undo}, True),
    ],
)
def test_whether_an_effect_can_be_undone_is_left_open_where_nobody_said_it(metadata, declared, says):
    marked = declare(send_mail.model_copy(update={"metadata": metadata}), **declared)
    (spec,) = tool_specs([marked])
    assert ("irreversible" in spec.model_fields_set) is says


def test_specs_pass_as_they_are():
    spec = ToolSpec(name="mail.send")
    assert tool_specs([spec]) == (spec,)
