"""The reference resource service as a process, and the client of it."""

import os

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.pricing_list import PriceList
from groundplan.execution.resources.http_client import HttpLimits, HttpResources
from groundplan.execution.resources.pool import LocalPool
from groundplan.resource_service import create_app
from tests.contracts.resource_provider import KINDS, PRICES, ResourceProviderContract, cpus, free
from tests.resource_process import ResourceProcess
from tests.resource_server import served
from tests.resource_values import request

QUICK = HttpLimits(timeout=1.0, attempts=2, backoff=0.01, circuit_seconds=0.2)


class TestHttpResources(ResourceProviderContract):
    @pytest.fixture
    async def provider(self):
        async with served(create_app(LocalPool(KINDS, prices=PriceList.read(PRICES)))) as url:
            client = HttpResources(url)
            yield client
            await client.aclose()


async def test_prices_come_from_a_file(tmp_path):
    path = tmp_path / "prices.toml"
    path.write_text("currency = 'EUR'\n[resources]\ncpu_cores = 0.5\n")
    process = ResourceProcess("--prices", str(path))
    client = HttpResources(process.url)
    cost = await client.cost(cpus(2), 3600)
    assert (cost.amount, cost.currency) == (1.0, "EUR")
    await client.aclose()
    process.kill()


async def test_allocations_outlive_a_service_that_keeps_its_state(tmp_path):
    process = ResourceProcess("--state", str(tmp_path / "state.json"))
    client = HttpResources(process.url, limits=QUICK)
    await client.allocate(request(amounts=cpus(3)))
    process.kill()
    with pytest.raises(PlanningError) as away:
        await client.allocate(request("a2"))
    assert (away.value.code, away.value.retryable) == (ErrorCode.RESOURCES_UNAVAILABLE, True)
    process.start()
    try:
        again = HttpResources(process.url)
        assert await free(again) == 1
        assert [one.allocation_id for one in await again.held("r1")] == ["a1"]
        await again.aclose()
    finally:
        process.kill()
    await client.aclose()


async def test_nobody_is_let_in_without_the_token():
    process = ResourceProcess(environment=os.environ | {"GROUNDPLAN_RESOURCE_SERVICE_TOKEN": "t0ken"})
    try:
        for token, is_let_in in [("t0ken", True), ("wr0ng", False), (None, False)]:
            client = HttpResources(process.url, token=token)
            if is_let_in:
                assert await free(client) == 4
            else:
                with pytest.raises(PlanningError, match="token") as refused:
                    await client.availability()
                assert refused.value.code is ErrorCode.RESOURCE_ANSWER_UNUSABLE
            await client.aclose()
    finally:
        process.kill()
