"""The hash of a document."""

import json

from hypothesis import given

from groundplan.domain.fingerprint import fingerprint
from tests.plan_factories import json_values


@given(json_values)
def test_it_is_the_same_after_a_way_through_json(value):
    assert fingerprint(json.loads(json.dumps(value))) == fingerprint(value)


def test_the_order_of_keys_does_not_count():
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1}) != fingerprint({"a": 2, "b": 1})


def test_what_the_canonical_form_cannot_carry_is_hashed_all_the_same():
    odd = {"large": 2**60, "infinite": float("inf"), "half": "\ud800"}
    assert fingerprint(odd) == fingerprint(dict(odd)) != fingerprint(odd | {"large": 2**60 + 1})
