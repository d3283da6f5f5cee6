import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan.domain.pert import Interval, interval, quantile, shape, standard_quantile, with_interval
from groundplan.domain.resources import ThreePoint
from tests.property_examples import examples

amounts = st.floats(0, 1e6)


@st.composite
def three_points(draw):
    return ThreePoint(*sorted(draw(amounts) for _ in range(3)))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_most_skewed_shape_has_a_closed_form(share):
    """Beta(1, 5) has F(x) = 1 - (1 - x)^5."""
    assert standard_quantile(0.0, share) == pytest.approx(1 - (1 - share) ** 0.2, abs=1e-4)


def test_shapes_mirror_each_other():
    assert standard_quantile(0.25, 0.1) == pytest.approx(1 - standard_quantile(0.75, 0.9), abs=1e-4)
    assert standard_quantile(0.5, 0.5) == pytest.approx(0.5, abs=1e-6)


def test_the_80_percent_interval_is_p10_to_p90():
    points = ThreePoint(10, 20, 60)
    assert interval(points) == pytest.approx((quantile(points, 0.1), quantile(points, 0.9)))
    assert 10 < interval(points).low < 20 < interval(points).high < 60
    assert interval(points, 0.5).low > interval(points).low


@pytest.mark.parametrize("same", [0.0, 7.0, 1e300])
def test_an_estimate_without_a_range_is_its_own_interval(same):
    points = ThreePoint(same, same, same)
    assert (shape(points), interval(points)) == (0.5, (same, same))
    assert same in interval(points)


def test_the_ends_belong_to_an_interval_and_text_does_not():
    found = Interval(1.0, 2.0)
    assert [value in found for value in (1.0, 2.0, 2.1, "1")] == [True, True, False, False]


@given(three_points())
@settings(max_examples=examples(2))
def test_quantiles_rise_and_stay_between_the_ends(points):
    found = [quantile(points, share) for share in (0.0, 0.1, 0.5, 0.9, 1.0)]
    assert found == sorted(found)
    assert points.optimistic <= found[0] and found[-1] <= points.pessimistic * (1 + 1e-12)


@given(low=st.floats(0.01, 1e5), ratio=st.floats(1.0, 17.5), middle=st.floats(0, 1))
@settings(max_examples=examples(2))
def test_an_estimate_is_found_for_every_interval_that_a_beta_pert_can_have(low, ratio, middle):
    high = low * ratio
    points = with_interval(low, low + middle * (high - low), high)
    assert 0 <= points.optimistic <= points.likely <= points.pessimistic
    assert interval(points) == pytest.approx((low, high), rel=0.02)


@pytest.mark.parametrize("middle", [14.5, 15.0, 15.6])
def test_the_median_is_met_where_a_beta_pert_can_have_it(middle):
    assert quantile(with_interval(13, middle, 17), 0.5) == pytest.approx(middle, rel=0.01)


def test_what_is_more_skewed_begins_at_zero_and_keeps_its_p90():
    points = with_interval(1, 5, 400)
    assert points.optimistic == points.likely == 0
    assert interval(points).high == pytest.approx(400)


def test_an_interval_of_one_number_is_that_number():
    assert with_interval(2.0, 2.0, 2.0) == (2.0, 2.0, 2.0)
