import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.estimation import estimate
from groundplan.domain.outline import Origin, instantiate, outline_of
from groundplan.domain.pricing import Prices, charge, price_of_tokens, priced, unpriced
from groundplan.domain.pricing_list import PriceList
from groundplan.domain.resources import NOTHING, ResourceEstimate, ThreePoint
from groundplan.domain.risk_rules import unknown_cost_reasons
from groundplan.domain.task import RetryPolicy, TaskType
from groundplan.domain.tools import ToolSpec
from tests.plan_factories import NOW, task

TOOLS = {
    "map.draw": ToolSpec(name="map.draw", cost_per_call=0.25),
    "mail.send": ToolSpec(name="mail.send", cost_per_call=0),
    "web.search": ToolSpec(name="web.search"),
}


def cost_of(one, prices):
    return priced([one], estimate([one]), prices)["t"].cost


def is_unknown(one, prices):
    return unpriced([one], estimate([one]), prices) == ["t"]


@pytest.mark.parametrize(
    ("model", "price"),
    [("ollama:tiny", 0.0), ("openai:gpt-big", 0.03), ("openai:small", 0.01), ("other:x", None), ("", None)],
)
def test_the_longest_name_that_fits_has_the_price(model, price):
    assert price_of_tokens(model, {"ollama:": 0.0, "openai:": 0.01, "openai:gpt": 0.03}) == price


def test_one_price_may_be_for_all():
    assert price_of_tokens("", {"": 0.5}) == 0.5


def test_a_tool_costs_its_calls():
    tried = task("t", tool="map.draw", retry_policy=RetryPolicy(attempts=3))
    assert cost_of(tried, Prices(TOOLS)) == ThreePoint(0.25, 0.25, 0.75)
    assert cost_of(task("t", tool="mail.send"), Prices(TOOLS)) == NOTHING


def test_what_a_model_does_costs_its_tokens():
    call = task("t", name="Think", task_type=TaskType.LLM_CALL)
    assert cost_of(call, Prices(per_1000_tokens=0.1)) == pytest.approx((0.05, 0.2, 0.8))
    assert cost_of(call, Prices(per_1000_tokens=0.0)) == NOTHING


def test_a_cost_that_somebody_gave_goes_first():
    given = task("t", tool="map.draw", resource_estimate=ResourceEstimate(cost=ThreePoint(9, 9, 9), basis="given"))
    assert cost_of(given, Prices(TOOLS)) == ThreePoint(9, 9, 9)
    assert not is_unknown(given.model_copy(update={"tool": "web.search"}), Prices(TOOLS))


@pytest.mark.parametrize(
    ("fields", "unknown"),
    [
        ({"tool": "map.draw"}, False),
        ({"tool": "mail.send"}, False),
        ({"tool": "web.search"}, True),
        ({"tool": "who.knows"}, True),
        ({"task_type": "llm_call"}, True),
        ({"name": "Sort the pile"}, False),
        ({"name": "Buy 4000 laptops"}, True),
        ({"name": "Invest 3 million dollars"}, True),
    ],
)
def test_what_has_no_price_is_unknown_and_not_free(fields, unknown):
    one = task("t", **({"name": "Look"} | fields))
    assert is_unknown(one, Prices(TOOLS)) is unknown


def test_with_a_price_a_model_is_known():
    assert not is_unknown(task("t", name="Think", task_type=TaskType.LLM_CALL), Prices(per_1000_tokens=0.0))


def test_an_edit_works_the_price_out_anew_and_keeps_what_was_given():
    given = ResourceEstimate(duration=ThreePoint(1, 2, 3), basis="given")
    one = task("t", tool="map.draw", resource_estimate=given)
    with_price = one.model_copy(update={"resource_estimate": priced([one], estimate([one]), Prices(TOOLS))["t"]})
    outline = outline_of([with_price.model_copy(update={"tool": "mail.send"})], Origin(strategy="edit"))
    (again,) = instantiate(outline, "p", now=NOW, keep_keys=True)
    assert again.resource_estimate == given


@pytest.mark.parametrize(
    ("unknown", "limits", "reasons"),
    [
        (2, (5.0, None), ["the cost of 2 task(s) is not known, and the limit is 5.00"]),
        (1, (5.0, 0.0), ["the cost of 1 task(s) is not known, and the limit is 0.00"]),
        (0, (5.0, 1.0), []),
        (3, (None, None), []),
    ],
)
def test_an_unknown_cost_needs_a_person_where_money_is_limited(unknown, limits, reasons):
    assert unknown_cost_reasons(unknown, *limits) == reasons


LISTED = PriceList.read(
    {"currency": "EUR", "rates": {"USD": 0.5}, "tools": {"map.draw": 0.75}, "resources": {"cpu_cores": 3600}}
)


def test_the_price_list_goes_before_what_a_tool_says_itself():
    prices = Prices(TOOLS, listed=LISTED)
    assert cost_of(task("t", tool="map.draw"), prices) == ThreePoint(0.75, 0.75, 0.75)
    assert charge(task("t", tool="map.draw"), 0, prices) == 0.75
    assert not is_unknown(task("t", tool="map.draw"), Prices(listed=LISTED))


def test_resources_are_paid_for_as_long_as_they_are_taken_up():
    needs = ResourceEstimate(duration=ThreePoint(1, 2, 3), cpu_cores=2)
    one = task("t", tool="map.draw", resource_estimate=needs)
    assert cost_of(one, Prices(TOOLS, listed=LISTED)) == ThreePoint(2.75, 4.75, 6.75)
    assert charge(one, 0, Prices(TOOLS, listed=LISTED), seconds=10) == 20.75


def test_costs_are_in_the_currency_of_the_list():
    given = task("t", resource_estimate=ResourceEstimate(cost=ThreePoint(2, 4, 6), basis="given"))
    (estimate_of,) = priced([given], estimate([given]), Prices(listed=LISTED)).values()
    assert (estimate_of.cost, estimate_of.currency) == (ThreePoint(1, 2, 3), "EUR")
    with pytest.raises(PlanningError) as refused:
        priced([given], estimate([given]), Prices(listed=PriceList(currency="CHF")))
    assert refused.value.code is ErrorCode.CURRENCY_MIXED
