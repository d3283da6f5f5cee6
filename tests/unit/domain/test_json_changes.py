"""What differs between two JSON values."""

from hypothesis import given

from groundplan.domain.json_changes import changes
from tests.plan_factories import json_values


def told(before, after):
    return [(change.kind.value, change.path, change.before, change.after) for change in changes(before, after)]


def test_each_place_that_differs_is_told_once():
    before = {"a": 1, "gone": True, "deep": {"x": [1, 2]}}
    after = {"a": 2, "deep": {"x": [1, 3, 4]}, "new": None}
    assert told(before, after) == [
        ("changed", "a", 1, 2),
        ("removed", "gone", True, None),
        ("changed", "deep.x.1", 2, 3),
        ("added", "deep.x.2", None, 4),
        ("added", "new", None, None),
    ]


def test_items_with_ids_are_found_wherever_they_stand():
    before = [{"key": "a", "n": 1}, {"key": "b", "n": 2}]
    after = [{"key": "b", "n": 3}, {"key": "a", "n": 1}]
    assert told(before, after) == [("changed", "b.n", 2, 3)]


def test_items_whose_ids_are_not_their_own_are_compared_by_number():
    before = [{"key": "a", "n": 1}, {"key": "a", "n": 2}]
    assert told(before, [{"key": "a", "n": 1}]) == [("removed", "1", {"key": "a", "n": 2}, None)]


def test_a_number_and_a_truth_are_not_the_same():
    assert told({"x": 1}, {"x": True}) == [("changed", "x", 1, True)]


@given(json_values)
def test_equal_values_do_not_differ(value):
    assert changes(value, value) == []


@given(json_values, json_values)
def test_values_differ_in_both_directions_or_in_none(one, other):
    assert bool(changes(one, other)) is bool(changes(other, one))
