import tomllib

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.pricing_list import NO_PRICES, PriceList

FILE = """
currency = "USD"
rates = { EUR = 1.25 }
[models]
"ollama:" = 0
"openai:gpt" = { price = 0.02, currency = "EUR" }
[tools]
"web.search" = 0.01
[resources]
cpu_cores = 0.04
gpu = { price = 2, currency = "EUR" }
"""


def test_every_price_of_the_list_is_in_its_currency():
    listed = PriceList.read(tomllib.loads(FILE))
    assert listed.models == {"ollama:": 0, "openai:gpt": pytest.approx(0.025)}
    assert (listed.tools, listed.resources) == ({"web.search": 0.01}, {"cpu_cores": 0.04, "gpu": 2.5})
    assert PriceList.read({}) == NO_PRICES


def test_resources_cost_by_the_hour():
    listed = PriceList.read(tomllib.loads(FILE))
    assert listed.cost_of_resources({"cpu_cores": 2, "gpu": 1, "other": 9}, 1800) == pytest.approx(0.04 + 1.25)


def test_a_currency_without_a_rate_is_refused():
    for asks in (lambda: PriceList.read({"tools": {"a.b": {"price": 1, "currency": "CHF"}}}),
                 lambda: NO_PRICES.converted(1.0, "EUR")):  # fmt: skip
        with pytest.raises(PlanningError, match="no rate") as refused:
            asks()
        assert refused.value.code is ErrorCode.CURRENCY_MIXED
    assert NO_PRICES.converted(3.0, "USD") == 3.0


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ({"currency": "dollars"}, "currency"),
        ({"models": {"m": -1}}, "models.m"),
        ({"tools": {"t.t": {"price": 1}}}, "tools.t.t"),
        ({"rates": {"EUR": 0}}, "rates.EUR"),
        ({"modells": {}}, "modells"),
        ({"resources": {"cpu": float("nan")}}, "resources.cpu"),
    ],
)
def test_a_file_that_is_no_price_list_is_refused_by_what_is_wrong(written, names):
    with pytest.raises(PlanningError, match=names) as refused:
        PriceList.read(written)
    assert refused.value.code is ErrorCode.SETTINGS_INVALID
