import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.domain.task import TOOL_PATTERN
from groundplan.execution.executors import wire_names
from groundplan.execution.executors.wire_names import WireNames, qualified, wire_name

ACCEPTED = re.compile(r"[a-zA-Z0-9_-]{1,64}")
names = st.from_regex(TOOL_PATTERN, fullmatch=True)
alike = st.text("a_.-", min_size=1, max_size=6).map(lambda end: f"a.a{end}").filter(re.compile(TOOL_PATTERN).fullmatch)


@pytest.mark.parametrize(
    ("own", "name"),
    [
        ("email.send", "email.send"),
        ("send_mail", "local.send_mail"),
        ("send mail!", "local.send_mail_"),
        ("ü", "local._"),
        ("a..b", "local.a__b"),
        (".hidden", "local._hidden"),
        ("1.send", "local.1_send"),
    ],
)
def test_every_tool_gets_a_name_that_plans_can_use(own, name):
    assert qualified(own) == name
    assert re.fullmatch(TOOL_PATTERN, name)


@given(st.text(max_size=30))
def test_any_text_becomes_a_name_that_plans_can_use(own):
    assert re.fullmatch(TOOL_PATTERN, qualified(own))
    assert qualified(qualified(own)) == qualified(own)


@pytest.mark.parametrize(("name", "wire"), [("email.send", "email__send"), ("a.b-c.d_e", "a__b-c__d_e")])
def test_plain_names_can_be_read_on_the_wire(name, wire):
    assert wire_name(name) == wire


@pytest.mark.parametrize("name", ["a._b", "a_.b", "a.b__c", "a.b_", "a." + "b" * 70])
def test_others_end_in_a_hash(name):
    assert re.search(r"_[0-9a-f]{12}$", wire_name(name))


@given(names)
def test_every_wire_name_is_accepted_by_model_apis(name):
    assert ACCEPTED.fullmatch(wire_name(name))


@given(st.lists(names | alike, unique=True, max_size=30))
def test_no_two_tools_share_a_wire_name_and_each_leads_back(tools):
    known = WireNames(tools)
    assert {known.tool(wire) for wire in known} == set(tools)
    assert all(known.tool(wire_name(name)) == name for name in tools)


def test_a_made_up_name_is_nobodys():
    assert WireNames(["a.b"]).tool("a.b") is None


def test_equal_hashes_are_noticed(monkeypatch):
    monkeypatch.setattr(wire_names, "_HASH", 0)
    with pytest.raises(ValueError, match=r"'a\.b__c' and 'a\.b_c_' have the same wire name"):
        WireNames(["a.b__c", "a.b_c_"])
