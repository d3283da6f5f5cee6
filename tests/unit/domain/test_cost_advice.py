import pytest

from groundplan.domain.cost_advice import cost_advice
from groundplan.domain.pricing import Prices
from groundplan.domain.pricing_list import PriceList
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from groundplan.domain.task import TaskType
from groundplan.domain.tools import ToolSpec
from tests.plan_factories import task

LISTED = PriceList.read(
    {
        "models": {"ollama:": 0, "openai:gpt": 0.02, "openai:mini": 0.004},
        "tools": {"web.fetch": 0.001},
        "currency": "EUR",
    }
)
TOOLS = {"web.search": ToolSpec(name="web.search", cost_per_call=0.01), "web.other": ToolSpec(name="web.other")}


def thinking(task_id, tokens):
    return task(
        task_id,
        task_type=TaskType.LLM_CALL,
        resource_estimate=ResourceEstimate(tokens=ThreePoint(tokens, tokens, tokens)),
    )


def test_a_cheaper_model_is_named_with_what_it_saves():
    prices = Prices(per_1000_tokens=0.02, listed=LISTED)
    (one,) = cost_advice([thinking("t", 5000)], prices, "openai:gpt-5")
    assert (one.uses, one.instead, one.currency) == ("openai:gpt-5", "ollama:", "EUR")
    assert (one.cost, one.cost_instead, one.saves) == pytest.approx((0.1, 0.0, 0.1))
    assert str(one) == "Do t costs 0.1 EUR with openai:gpt-5; ollama: would save 0.1"


def test_a_cheaper_alternative_of_a_tool_is_named():
    one = task("t", tool="web.search", alternatives=["web.other", "web.fetch"])
    (advice,) = cost_advice([one], Prices(TOOLS, listed=LISTED))
    assert (advice.uses, advice.instead) == ("web.search", "web.fetch")
    assert advice.saves == pytest.approx(0.009)


def test_what_saves_most_comes_first():
    prices = Prices(per_1000_tokens=0.02, listed=LISTED)
    advice = cost_advice([thinking("a", 100), thinking("b", 9000), thinking("c", 500)], prices)
    assert [one.task_id for one in advice] == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("one", "prices"),
    [
        (thinking("t", 0), Prices(per_1000_tokens=0.02, listed=LISTED)),
        (thinking("t", 500), Prices(per_1000_tokens=0.0, listed=LISTED)),
        (thinking("t", 500), Prices(listed=LISTED)),
        (thinking("t", 500), Prices(per_1000_tokens=0.02)),
        (task("t", tool="web.search"), Prices(TOOLS, listed=LISTED)),
        (task("t", tool="web.other", alternatives=["web.fetch"]), Prices(TOOLS, listed=LISTED)),
        (task("t", tool="web.fetch", alternatives=["web.search"]), Prices(TOOLS, listed=LISTED)),
    ],
)
def test_without_a_cheaper_way_that_is_known_nothing_is_said(one, prices):
    assert cost_advice([one], prices) == []
