from langchain_core.tools import tool

from groundplan.domain.tools import ToolSpec
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


def test_specs_pass_as_they_are():
    spec = ToolSpec(name="mail.send")
    assert tool_specs([spec]) == (spec,)
