"""The quick canonical form is that of `rfc8785`, byte for byte, or an error where that has one."""

import math

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from groundplan.domain.canonical_json import canonical_json
from tests.property_examples import examples

floats = st.floats() | st.integers(-(10**17), 10**17).map(float) | st.integers(-30, 30).map(lambda power: 10.0**power)
scalars = st.none() | st.booleans() | st.integers() | floats | st.text() | st.characters(max_codepoint=0x80)
keys = st.text() | st.sampled_from(["a", "Z", "_", "é", "\ue000", "😀", "\x01", '"'])
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=20)


def form(dumps, value):
    try:
        return dumps(value)
    except ValueError:
        return "refused"


@settings(max_examples=examples(4))
@given(values)
@example({"\ue000": 1, "😀": 2})
@example([2**53 - 1, -(2**53) + 1, 2**53, 1e16, 9007199254740994.0, 1e-4, 9.9e-5, -0.0, 5e-324])
@example({"text": '\x00\x1f\x7f"\\/\b\f\n\r\t\u2028'})
def test_it_writes_what_the_reference_writes(value):
    assert form(canonical_json, value) == form(rfc8785.dumps, value)


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53, "\ud800", {1: 2}, {1: 2, "a": 3}, b"bytes", object()])
def test_it_refuses_what_the_reference_refuses(value):
    assert form(rfc8785.dumps, value) == "refused"
    assert form(canonical_json, value) == "refused"
