"""Earned value: the formulas, what has nothing below the line, and the laws that hold for any plan."""

import math
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan.domain.earned_value import EarnedValue, curves, earned_value, unit_of
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.progress_so_far import SoFar
from groundplan.domain.resources import NOTHING, ResourceEstimate, ThreePoint
from tests.plan_factories import NOW, chains_and_joins, plan, task
from tests.property_examples import examples


def lasting(seconds, cost=0.0):
    return ResourceEstimate(duration=ThreePoint(seconds, seconds, seconds), cost=ThreePoint(cost, cost, cost))


def chain(*estimates):
    """Tasks t1, t2, … one after the other."""
    return plan(
        *(
            task(f"t{number}", *([f"t{number - 1}"] if number > 1 else []), resource_estimate=estimate)
            for number, estimate in enumerate(estimates, 1)
        )
    )


def at(seconds):
    return NOW + timedelta(seconds=seconds)


def done(begun, ended, cost=0.0):
    return SoFar(
        status=TaskStatus.COMPLETED, percent=100.0, started_at=at(begun), ended_at=at(ended), seconds=ended - begun,
        cost=cost,
    )  # fmt: skip


def test_the_worked_example_of_a_plan_that_is_behind_and_over():
    four = chain(*[lasting(100, cost=10)] * 4)
    found = earned_value(four, {"t1": done(0, 150, cost=15)}, at(200), started=NOW)
    assert (found.unit, found.bac, found.pv, found.ev, found.ac) == ("USD", 40, 20, 10, 15)
    assert (found.sv, found.cv, found.spi) == (-10, -5, 0.5)
    assert found.cpi == pytest.approx(2 / 3)
    assert (found.eac, found.etc, found.vac, found.tcpi) == pytest.approx((60, 45, -20, 30 / 25))
    assert found.percent == 25


def test_work_without_a_price_is_counted_in_seconds():
    found = earned_value(chain(lasting(100), lasting(300)), {"t1": done(0, 80)}, at(80), started=NOW)
    assert (found.unit, found.bac, found.pv, found.ev, found.ac) == ("seconds", 400, 80, 100, 80)


def test_one_task_without_a_price_makes_it_seconds_for_all():
    assert unit_of(chain(lasting(100, cost=10), lasting(100))) == "seconds"
    assert unit_of(chain(lasting(100, cost=10), lasting(0))) == "USD"
    assert unit_of(chain(lasting(0), lasting(0))) == "seconds"


def test_before_the_start_there_is_no_index():
    found = earned_value(chain(lasting(100)), {}, NOW)
    assert (found.pv, found.ev, found.ac) == (0, 0, 0)
    assert (found.spi, found.cpi, found.eac, found.tcpi) == (None, None, 100, 1)


@pytest.mark.parametrize("estimate", [None, lasting(0), ResourceEstimate(duration=NOTHING)])
def test_estimates_that_are_all_zero_give_no_index(estimate):
    found = earned_value(chain(estimate, estimate), {"t1": done(0, 5)}, at(5), started=NOW)
    assert (found.bac, found.spi, found.tcpi, found.percent, found.ac) == (0, None, None, 0, 5)
    assert found.cpi == 0
    assert found.eac == 5


def test_a_spent_budget_leaves_no_index_to_complete_by():
    found = EarnedValue(bac=100, pv=100, ev=50, ac=100)
    assert found.tcpi is None
    assert EarnedValue(bac=100, ev=50, ac=120).tcpi is None


def test_a_task_that_was_skipped_is_out_of_scope():
    two = chain(lasting(100), lasting(100))
    found = earned_value(two, {"t1": done(0, 100), "t2": SoFar(status=TaskStatus.SKIPPED)}, at(300), started=NOW)
    assert (found.bac, found.pv, found.ev, found.spi) == (100, 100, 100, 1)


def test_a_clock_that_went_back_counts_as_no_time():
    found = earned_value(chain(lasting(100)), {}, at(-500), started=NOW)
    assert found.pv == 0


def test_an_index_too_large_for_a_number_is_none():
    assert EarnedValue(bac=1, pv=5e-324, ev=1e10, ac=5e-324).spi is None
    assert math.isfinite(EarnedValue(bac=1e308, ev=5e-324, ac=1e300).eac)


def test_the_curves_end_where_earned_value_stands():
    two = chain(lasting(100), lasting(100))
    progress = {"t1": done(0, 120), "t2": SoFar(percent=30.0, started_at=at(120), seconds=40)}
    drawn = curves(two, progress, at(160), started=NOW, points=5)
    today = next(point for point in drawn.points if point.at == drawn.now)
    found = earned_value(two, progress, at(160), started=NOW)
    assert (today.planned, today.earned, today.actual) == pytest.approx((found.pv, found.ev, found.ac))
    assert drawn.points[-1].earned is None
    assert drawn.points[-1].planned == drawn.bac == 200


def test_the_curves_of_a_plan_that_nobody_began_are_what_is_planned():
    drawn = curves(chain(lasting(100)), {}, NOW, points=3)
    assert [(point.at, point.planned) for point in drawn.points] == [(0, 0), (50, 50), (100, 100)]
    assert [point.actual for point in drawn.points] == [0, None, None]


def test_work_that_took_no_time_is_on_the_curve():
    drawn = curves(chain(lasting(100)), {"t1": done(0, 0)}, at(10), started=NOW, points=2)
    assert [point.earned for point in drawn.points] == [100, 100, None]


amounts = st.floats(0, 1e9)


@settings(max_examples=examples(1))
@given(tasks=chains_and_joins(), data=st.data(), seconds=st.floats(0, 1e6))
def test_any_plan_keeps_the_laws(tasks, data, seconds):
    tasks = [
        one.model_copy(update={"resource_estimate": lasting(data.draw(amounts), data.draw(amounts))}) for one in tasks
    ]
    progress = {
        one.task_id: SoFar(
            percent=data.draw(st.floats(0, 100)), started_at=NOW, seconds=data.draw(amounts), cost=data.draw(amounts)
        )
        for one in tasks
    }
    found = earned_value(plan(*tasks), progress, at(seconds))
    slack = 1 + 1e-9
    assert 0 <= found.pv <= found.bac * slack
    assert 0 <= found.ev <= found.bac * slack
    assert found.eac >= 0
    assert found.etc >= 0
    assert all(value is None or math.isfinite(value) for name, value in found.figures().items() if name != "unit")
    planned = [point.planned for point in curves(plan(*tasks), progress, at(seconds), points=8).points]
    assert all(before <= after * slack + 1e-6 for before, after in pairwise(planned))
