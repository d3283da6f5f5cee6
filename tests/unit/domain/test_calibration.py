from datetime import timedelta

import pytest

from groundplan.domain.calibration import calibration, is_inside
from groundplan.domain.past_task import past_task
from groundplan.domain.pert import interval, quantile
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from tests.plan_factories import NOW, task

POINTS = ThreePoint(10, 20, 60)


def past(seconds, basis="prior", tool=None, points=POINTS):
    estimate = ResourceEstimate(duration=points, basis=basis) if points else None
    return past_task(
        task("t", name="Fetch it", tool=tool, resource_estimate=estimate),
        plan_id="p", run_id="r", began=NOW, ended=NOW + timedelta(seconds=seconds),
    )  # fmt: skip


def test_shares_within_below_and_above():
    found = calibration([past(seconds) for seconds in (1, 20, 25, 30, 500)]).overall
    assert (found.n, found.inside, found.below, found.above) == (5, 0.6, 0.2, 0.2)


def test_forecasts_are_told_apart_by_whether_they_were_learned_and_by_work():
    found = calibration([past(20, "learned from 2 runs of web.fetch", tool="web.fetch"), past(500)])
    assert (found.learned.inside, found.not_learned.inside) == (1.0, 0.0)
    assert {work: hits.n for work, hits in found.by_work.items()} == {"transfer": 1, "web.fetch": 1}


def test_bias_is_how_much_longer_it_took():
    twice = 2 * quantile(POINTS, 0.5)
    assert calibration([past(twice), past(twice)]).overall.bias == pytest.approx(2, rel=0.01)


def test_tasks_without_a_forecast_are_left_out():
    found = calibration([past(5, points=None)])
    assert (found.overall.n, found.overall.inside, found.by_work) == (0, None, {})


def test_the_ends_are_inside():
    low, high = interval(POINTS)
    assert [is_inside(seconds, POINTS) for seconds in (low, high, low * 0.99)] == [True, True, False]
    assert is_inside(2.0, ThreePoint(2.0, 2.0, 2.0))
