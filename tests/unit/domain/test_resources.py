import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from groundplan.domain.resources import NOTHING, ResourceBudget, ResourceConstraints, ResourceEstimate, ThreePoint

NAMES = [f"r{n}" for n in range(31)]
points = st.lists(st.floats(0, 1e9), min_size=3, max_size=3).map(lambda three: ThreePoint(*sorted(three)))


def test_mean_and_deviation_are_those_of_pert():
    three = ThreePoint(2, 5, 14)
    assert three.mean == 6
    assert three.std == 2


@given(points)
def test_the_mean_lies_within_and_the_deviation_is_not_negative(three):
    slack = 1e-9 * max(three.pessimistic, 1)
    assert three.optimistic - slack <= three.mean <= three.pessimistic + slack
    assert three.std >= 0


@given(points)
def test_the_mean_weighs_the_likely_value_as_four(three):
    expected = statistics.fmean([three.optimistic, *[three.likely] * 4, three.pessimistic])
    assert three.mean == pytest.approx(expected)


@given(st.floats(0, 1e6))
def test_a_certain_value_has_no_deviation(value):
    certain = ThreePoint(value, value, value)
    assert certain.std == 0
    assert certain.mean == pytest.approx(value)


@pytest.mark.parametrize(
    "needs",
    [{"memory_mb": 1e13}, {"cpu_cores": 1e308}, {"resources": {"gpu": 1e13}}, {"resources": dict.fromkeys(NAMES, 1)}],
)
def test_what_nobody_could_be_asked_for_cannot_be_estimated(needs):
    with pytest.raises(ValidationError):
        ResourceEstimate(**needs)


@given(points)
def test_an_estimate_keeps_points_in_order(three):
    estimate = ResourceEstimate(duration=three)
    assert estimate.duration == three
    assert ResourceEstimate.model_validate_json(estimate.model_dump_json()) == estimate


@pytest.mark.parametrize(
    "wrong", [(3, 2, 4), (1, 5, 4), (-1, 0, 1), (0, 0, float("inf")), (0, float("nan"), 1), (1, 2)]
)
def test_points_out_of_order_below_zero_or_endless_are_refused(wrong):
    with pytest.raises(ValidationError):
        ResourceEstimate(duration=wrong)


def test_nothing_is_expected_unless_it_is_said():
    estimate = ResourceEstimate()
    assert (estimate.duration, estimate.tokens, estimate.cost) == (NOTHING, NOTHING, NOTHING)
    assert (estimate.cpu_cores, estimate.memory_mb, estimate.currency) == (0, 0, "USD")


@pytest.mark.parametrize("wrong", [{"cpu_cores": -1}, {"memory_mb": -1}, {"disk": 3}])
def test_needs_below_zero_are_refused(wrong):
    with pytest.raises(ValidationError):
        ResourceEstimate(**wrong)


@pytest.mark.parametrize(
    "wrong", [{"max_concurrent_tasks": 0}, {"cpu_cores": 0}, {"memory_mb": 0}, {"max_tokens": -1}, {"max_cost": -0.1}]
)
def test_limits_that_let_nothing_run_are_refused(wrong):
    with pytest.raises(ValidationError):
        ResourceConstraints(**wrong)


def test_no_limit_is_none():
    assert set(ResourceConstraints().model_dump().values()) == {None}
    assert ResourceBudget().max_cost is None and ResourceBudget().max_tokens is None


def test_a_number_beyond_all_reason_is_no_estimate():
    assert ResourceEstimate(tokens=(0, 1, 1e15)).tokens.pessimistic == 1e15
    with pytest.raises(ValidationError, match=r"<= 1e\+15"):
        ResourceEstimate(tokens=(0, 1, 2e15))
