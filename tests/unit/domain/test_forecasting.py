from datetime import timedelta

import pytest

from groundplan.domain.forecasting import forecast
from groundplan.domain.learned_estimates import LearnedEstimates
from groundplan.domain.outline import Origin, outline_of
from groundplan.domain.past_task import past_task
from groundplan.domain.pricing import Prices
from groundplan.domain.pricing_list import PriceList
from groundplan.domain.resources import NOTHING, ResourceEstimate, ThreePoint
from tests.plan_factories import NOW, task

HOUR = ThreePoint(3000, 3600, 4000)


def past(seconds=2.0, cost=0.0, name="Fetch page", tool=None):
    return past_task(
        task("t", name=name, tool=tool), plan_id="p", run_id="r", began=NOW, ended=NOW + timedelta(seconds=seconds),
        cost=cost,
    )  # fmt: skip


LEARNED = LearnedEstimates([past(cost=0.2) for _ in range(9)])


def one(learned=LEARNED, *, guessed=False, **fields):
    found = forecast([task("t", **{"name": "Fetch page"} | fields)], Prices(), learned, guessed=guessed)
    return found["t"]


def test_past_runs_go_before_the_prior():
    assert one().basis.startswith("learned from 9 runs of 'fetch page'")
    assert one(LearnedEstimates()).basis == "prior for transfer"


def test_what_a_person_gave_stays():
    given = ResourceEstimate(duration=HOUR, basis="given")
    assert one(resource_estimate=given) == given


def test_what_a_template_or_model_gave_is_corrected():
    found = one(resource_estimate=ResourceEstimate(duration=HOUR, basis="given"), guessed=True)
    assert found.basis == "learned from 9 runs of 'fetch page'"
    assert found.duration.pessimistic < 60


def test_a_given_cost_stays_beside_a_learned_duration():
    given = ResourceEstimate(cost=ThreePoint(1, 2, 3), basis="given")
    found = one(resource_estimate=given)
    assert (found.cost, found.basis) == ((1, 2, 3), "given; learned from 9 runs of 'fetch page'")
    again = outline_of([task("t", resource_estimate=found)], Origin(strategy="edit")).steps[0]
    assert (again.cost, again.duration) == ((1, 2, 3), None)


def test_what_such_work_has_cost_counts_where_there_is_no_price():
    assert one().cost.mean == pytest.approx(0.2, rel=0.2)
    assert one().basis == "learned from 9 runs of 'fetch page'; cost by past runs"


JPY = PriceList.read({"currency": "JPY", "resources": {"gpu": 300}})
EUR_TOO = PriceList.read({"currency": "EUR", "rates": {"USD": 0.5}})


def test_learned_costs_are_in_the_currency_of_the_price_list_or_not_counted():
    found = {listed.currency: forecast([task("t", name="Fetch page")], Prices(listed=listed), LEARNED)["t"]
             for listed in (JPY, EUR_TOO)}  # fmt: skip
    assert (found["JPY"].cost, found["JPY"].currency) == (NOTHING, "JPY")
    assert found["EUR"].cost.mean == pytest.approx(0.1, rel=0.2)
    assert found["EUR"].currency == "EUR"


def test_what_was_planned_with_the_same_list_is_learned_from():
    planned = forecast([task("t", name="Fetch page")], Prices(listed=JPY))["t"]
    one = task("t", name="Fetch page", resource_estimate=planned)
    spent = past_task(one, plan_id="p", run_id="r", began=NOW, ended=NOW, cost=500.0)
    assert spent.currency == "JPY"
    learned = LearnedEstimates([spent] * 9)
    found = forecast([task("t", name="Fetch page")], Prices(listed=JPY), learned)["t"]
    assert (found.cost.mean, found.currency) == (pytest.approx(500, rel=0.2), "JPY")
    assert forecast([task("t", name="Fetch page")], Prices(), learned)["t"].cost == NOTHING


def test_what_the_last_purchase_came_to_says_nothing_of_the_next():
    learned = LearnedEstimates([past(name="Buy laptops", cost=900.0) for _ in range(9)])
    assert one(learned, name="Buy laptops").cost == NOTHING
