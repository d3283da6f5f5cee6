from groundplan.cli.render.cost_views import advice_table, resources_table
from groundplan.cli.render.tables import as_text
from groundplan.domain.cost_advice import CostAdvice
from groundplan.execution.resources.allocation import Availability, Offer
from tests.snapshots import assert_snapshot


def advice(number, cost, instead):
    return CostAdvice(task_id=f"t{number}", task=f"Task \x1b[1m{number}", uses="openai:gpt", cost=cost,
                      instead="ollama:", cost_instead=instead, currency="EUR")  # fmt: skip


def test_where_a_plan_could_cost_less():
    assert_snapshot("cli/cost_advice.txt", as_text(advice_table([advice(1, 2.5, 0.0), advice(2, 0.12345678, 0.1)])))
    assert "No cheaper way" in as_text(advice_table([]))


def test_what_resources_there_are():
    offers = [
        Offer(name="cpu_cores", capacity=8, free=7.5, price_per_hour=0.04),
        Offer(name="memory_mb", capacity=16_384, free=0, unit="MB"),
        Offer(name="search", capacity=100, free=100, per_seconds=60),
    ]
    assert_snapshot("cli/resources.txt", as_text(resources_table(Availability(offers=offers, currency="EUR"))))
    assert "Nobody grants" in as_text(resources_table(Availability()))
