import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan.domain.log_normal import Belief, next_value, updated, variance
from tests.property_examples import examples

PRIOR = Belief(mean=3.0, between=4.0, within=0.25)
logs = st.floats(-9, 15)


def test_without_values_the_prior_speaks():
    low, middle, high = next_value([], PRIOR)
    assert middle == 3.0
    assert high - middle == middle - low == pytest.approx(1.28155 * math.sqrt(4.25), rel=1e-4)


def test_one_value_moves_the_middle_and_many_settle_it():
    one, ten = next_value([0.0], PRIOR), next_value([0.0] * 10, PRIOR)
    assert 0 < ten.middle < one.middle < 0.5
    assert ten.high - ten.low < one.high - one.low < next_value([], PRIOR).high - 3


def test_the_formula_by_hand():
    """Two values, 0 and 1: s² = (3 · 0.25 + 0.5) / 4, the mean weighted by precisions, t with 4 degrees."""
    within = (3 * 0.25 + 0.5) / 4
    precision = 2 / within + 1 / 4
    mean = (2 * 0.5 / within + 3 / 4) / precision
    found = updated([0.0, 1.0], PRIOR)
    assert (found.mean, found.between, found.within) == pytest.approx((mean, 1 / precision, within))
    assert next_value([0.0, 1.0], PRIOR).high == pytest.approx(
        mean + 1.533 * math.sqrt(within + 1 / precision), abs=0.005
    )


def test_many_values_speak_for_themselves():
    values = [float(value) for value in range(1000)]
    found = next_value(values, PRIOR)
    assert found == pytest.approx((100, 500, 900), rel=0.12)


@pytest.mark.parametrize("size", [3, 12, 60])
def test_four_of_five_next_values_lie_in_the_interval(size):
    rng = random.Random(size)
    hits = 0
    for _ in range(1500):
        spread = rng.choice((0.3, 0.5, 0.7))
        values = [rng.gauss(0, spread) for _ in range(size + 1)]
        found = next_value(values[1:], Belief(0.0, 4.0, 0.25))
        hits += found.low <= values[0] <= found.high
    assert 0.76 < hits / 1500 < 0.86


@given(st.lists(logs, max_size=40), logs)
@settings(max_examples=examples(2))
def test_quantiles_are_in_order_and_take_no_heed_of_the_order_of_values(values, mean):
    prior = Belief(mean, 4.0, 0.25)
    found = next_value(values, prior)
    assert found.low <= found.middle <= found.high
    assert next_value(values[::-1], prior) == pytest.approx(found)


def test_the_variance_of_a_sample():
    assert variance([1.0, 2.0, 3.0]) == 1.0
