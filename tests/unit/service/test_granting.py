"""A service whose tasks take up resources, and what they cost."""

import pytest

from groundplan import ExecutionPlan, ExecutorRegistry, PlanningError, PlanningService, Task
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from groundplan.domain.task import TaskType
from groundplan.execution.resources.http_client import HttpResources
from groundplan.execution.resources.pool import LocalPool
from groundplan.service import Settings
from groundplan.service.granting import open_provider, read_prices
from groundplan.testing import memory_resources

PRICES = """
currency = "EUR"
[models]
"openai:" = 0.02
"ollama:" = 0
[resources]
cpu_cores = 3.6
"""


@pytest.fixture
def settings(tmp_path):
    def make(**fields):
        return Settings.load(home=tmp_path, **fields)

    return make


@pytest.fixture
def prices(tmp_path):
    path = tmp_path / "prices.toml"
    path.write_text(PRICES)
    return path


def service(settings, done=None, **fields):
    def does():
        if done is not None:
            done.append(1)
        return {}

    return PlanningService(
        settings=settings, resources=memory_resources(), executors=ExecutorRegistry(default=does), **fields
    )


def a_plan(**needs):
    return ExecutionPlan(tasks=[Task(name="Render", resource_estimate=ResourceEstimate(**needs))])


async def provider_of(settings, given=None):
    async with open_provider(given, settings, read_prices(None)) as provider:
        return provider


async def test_what_is_given_goes_first_then_the_address_then_the_limits(settings, monkeypatch):
    mine = LocalPool()
    assert await provider_of(settings(resource_limits={"gpu": 1}), mine) is mine
    assert isinstance(await provider_of(settings(resource_limits={"gpu": 1})), LocalPool)
    assert await provider_of(settings()) is None
    monkeypatch.setenv("LAYER8_BASE_URL", "http://127.0.0.1:9")
    assert repr(await provider_of(settings(resource_limits={"gpu": 1}))) == "HttpResources('http://127.0.0.1:9')"


async def test_an_address_that_is_none_is_refused(settings):
    with pytest.raises(PlanningError, match="resource_service_url"):
        settings(resource_service_url="localhost:8900")


async def test_a_plan_runs_within_the_limits(settings):
    done = []
    async with service(settings(resource_limits={"cpu_cores": 2}), done) as opened:
        plan = a_plan(cpu_cores=2, resources={"gpu": 5})
        result = await opened.execute_plan_direct(plan)
        assert (result.status, done) == ("completed", [1])
        assert (await opened.get_resources()).free("cpu_cores") == 2


async def test_a_task_that_needs_more_than_there_is_fails_and_says_so(settings):
    async with service(settings(), resource_provider=LocalPool({"cpu_cores": 2})) as opened:
        result = await opened.execute_plan_direct(a_plan(cpu_cores=3), policy="continue")
        (task,) = result.values()
        assert (result.status, task.error["code"]) == ("failed", "E5500")


async def test_the_priority_of_the_goal_goes_with_the_request(settings):
    class Noting(LocalPool):
        async def allocate(self, request, *, wait=0.0):
            self.priority = request.priority
            return await super().allocate(request, wait=wait)

    pool = Noting({"cpu_cores": 2})
    async with service(settings(), resource_provider=pool) as opened:
        await opened.execute_plan_direct(a_plan(cpu_cores=1))
    assert pool.priority == 5


async def test_health_tells_of_the_resource_service(settings):
    away = HttpResources("http://127.0.0.1:9")
    async with service(settings(), resource_provider=away) as opened:
        assert opened.get_health_status()["components"]["resources"]["status"] == "ok"
        health = await opened.check_health()
        assert health["components"]["resources"]["status"] == "down"
        assert "does not answer" in health["components"]["resources"]["detail"]
        assert health["healthy"]
    async with service(settings(), resource_provider=LocalPool()) as opened:
        assert (await opened.check_health())["components"]["resources"]["status"] == "ok"
    await away.aclose()


async def test_without_a_provider_there_is_nothing_to_tell(settings):
    async with service(settings()) as opened:
        assert (await opened.get_resources()).offers == []


async def test_what_a_task_takes_up_is_in_its_cost(settings, prices):
    async with service(settings(price_file=prices, resource_limits={"cpu_cores": 4})) as opened:
        plan = a_plan(cpu_cores=1, duration=ThreePoint(1000, 1000, 1000))
        stored = await opened.store_plan(plan)
        cost = stored.tasks[0].resource_estimate
        assert (cost.cost.mean, cost.currency) == (pytest.approx(1.0), "EUR")
        assert stored.resource_budget.currency == "EUR"
        (offer,) = (await opened.get_resources()).offers
        assert offer.price_per_hour == 3.6


async def test_what_a_task_took_up_is_charged_for_as_long_as_it_ran(settings, tmp_path):
    path = tmp_path / "dear.toml"
    path.write_text("[resources]\ncpu_cores = 3_600_000")
    async with service(settings(price_file=path)) as opened:
        result = await opened.execute_plan_direct(a_plan(cpu_cores=1, cost=ThreePoint(1, 1, 1)))
        assert 0 < result.cost < 1000 * 60


async def test_cheaper_ways_are_told(settings, prices):
    estimate = ResourceEstimate(tokens=ThreePoint(1000, 1000, 1000), duration=ThreePoint(1, 1, 1))
    plan = ExecutionPlan(tasks=[Task(name="Think", task_type=TaskType.LLM_CALL, resource_estimate=estimate)])
    async with service(settings(price_file=prices, model="openai:x")) as opened:
        stored = await opened.store_plan(plan)
        (advice,) = await opened.get_cost_advice(stored.plan_id)
        assert (advice.instead, advice.saves, advice.currency) == ("ollama:", pytest.approx(0.02), "EUR")


@pytest.mark.parametrize("text", ["[models", "models = 3"])
async def test_a_price_file_that_cannot_be_read_says_so(settings, tmp_path, text):
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(PlanningError, match="price file") as refused:
        async with service(settings(price_file=path)):
            pass
    assert refused.value.code == "E5806"
    with pytest.raises(PlanningError, match="cannot be read"):
        read_prices(tmp_path / "none.toml")
