"""A resource service that is slow, wrong or down, as its client tells of it."""

import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.execution.resources.http_client import HttpLimits, HttpResources
from tests.contracts.resource_provider import cpus
from tests.misbehaving_resources import Misbehaving
from tests.resource_values import Clock, request

QUICK = HttpLimits(timeout=5.0, attempts=3, backoff=0.001, circuit_seconds=1.0)
NOTHING = (200, {"offers": []})
GRANTED = {"allocation_id": "a1", "owner": "r1", "amounts": {"cpu_cores": 1.0}, "seconds_left": 60}
SLOW = 1.0
PROBLEM = {"title": "x", "status": 409, "code": "E5500", "detail": "there is 4 in all", "data": {"resource": "gpu"}}


@asynccontextmanager
async def client_of(service, limits=QUICK, **fields):
    limits = replace(limits, timeout=0.2) if SLOW in service.answers else limits
    async with service.served() as url:
        client = HttpResources(url, limits=limits, **fields)
        try:
            yield client
        finally:
            await client.aclose()


async def refusal_of(service, asks=lambda client: client.allocate(request())):
    async with client_of(service) as client:
        with pytest.raises(PlanningError) as refused:
            await asks(client)
        return refused.value


@pytest.mark.parametrize("failure", [(503, b"busy"), (500, b""), (429, {}), None, SLOW])
async def test_what_may_pass_is_tried_again(failure):
    service = Misbehaving(failure, failure, (200, {"allocation": GRANTED}))
    async with client_of(service) as client:
        granted = await client.allocate(request())
    assert (granted.allocation_id, len(service.requests)) == ("a1", 3)
    assert len(set(service.requests)) == 1  # under the same id


@pytest.mark.parametrize("failure", [(503, b"busy"), None, SLOW])
async def test_what_does_not_pass_is_an_error_that_may_be_tried_later(failure):
    service = Misbehaving(failure)
    error = await refusal_of(service)
    assert (error.code, error.retryable) == (ErrorCode.RESOURCES_UNAVAILABLE, True)
    assert len(service.requests) == 3


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>"),
        (200, []),
        (200, {"allocation": {"allocation_id": "a1"}}),
        (200, {"allocation": GRANTED | {"amounts": {"cpu_cores": 0.5}}}),
        (200, {"allocation": GRANTED | {"allocation_id": "other"}}),
        (200, {"allocation": GRANTED | {"owner": "r2"}}),
        (200, {"allocation": GRANTED | {"seconds_left": -1}}),
        (204, b""),
        (404, b"no such page"),
        (401, PROBLEM | {"code": "E5502"}),
        (409, {"code": "E9999", "detail": "x"}),
        (409, {"code": [], "detail": "x"}),
        (302, b""),
    ],
)
async def test_an_answer_that_makes_no_sense_is_said_at_once(answer):
    service = Misbehaving(answer)
    error = await refusal_of(service)
    assert (error.code, error.retryable, len(service.requests)) == (ErrorCode.RESOURCE_ANSWER_UNUSABLE, False, 1)


async def test_what_the_service_refuses_comes_through_as_it_is():
    error = await refusal_of(Misbehaving((409, PROBLEM)))
    assert (error.code, error.message, error.details) == (
        ErrorCode.RESOURCE_EXCEEDED, "there is 4 in all", {"resource": "gpu"},
    )  # fmt: skip


@pytest.mark.parametrize(
    "asks",
    [
        lambda client: client.availability(),
        lambda client: client.reallocate("a1", cpus(1)),
        lambda client: client.renew(["a1"], 60),
        lambda client: client.release("a1"),
        lambda client: client.release_all("r1"),
        lambda client: client.held("r1"),
        lambda client: client.cost(cpus(1), 60),
    ],
)
async def test_no_call_lets_an_error_of_the_driver_through(asks):
    assert (await refusal_of(Misbehaving(None), asks)).code is ErrorCode.RESOURCES_UNAVAILABLE
    assert (await refusal_of(Misbehaving((200, b"{")), asks)).code is ErrorCode.RESOURCE_ANSWER_UNUSABLE


@pytest.mark.parametrize("url", ["http://", "ftp://h", "http://[", "http://\udcff", "nowhere", "http://h:99999"])
async def test_an_address_that_is_none_is_an_error_of_ours(url):
    client = HttpResources(url, limits=QUICK)
    with pytest.raises(PlanningError) as refused:
        await client.availability()
    assert refused.value.code in (ErrorCode.RESOURCE_ANSWER_UNUSABLE, ErrorCode.RESOURCES_UNAVAILABLE)
    await client.aclose()


async def test_a_service_that_is_away_is_left_alone_for_a_while_then_tried_once():
    clock, service = Clock(), Misbehaving(None, None, None, NOTHING)
    async with client_of(service, clock=clock) as client:
        for asked in (3, 3, 3):
            with pytest.raises(PlanningError) as away:
                await client.availability()
            assert (away.value.code, len(service.requests)) == (ErrorCode.RESOURCES_UNAVAILABLE, asked)
        clock.advance(1.5)
        assert (await client.availability()).offers == []


async def test_what_there_is_is_asked_once_for_many():
    clock, service = Clock(), Misbehaving(NOTHING)
    async with client_of(service, clock=clock) as client:
        await asyncio.gather(*(client.availability() for _ in range(20)))
        assert len(service.requests) == 1
        clock.advance(QUICK.cache_seconds + 0.1)
        await client.availability()
        await client.availability(fresh=True)
        assert len(service.requests) == 3


async def test_what_is_known_goes_with_what_this_client_takes_and_gives_back():
    offer = {"name": "cpu_cores", "capacity": 4, "free": 3}
    rate = {"name": "search", "capacity": 9, "free": 9, "per_seconds": 60}
    granted = GRANTED | {"amounts": {"cpu_cores": 1.0, "search": 2.0}}
    changed = granted | {"amounts": {"cpu_cores": 2.0}}
    service = Misbehaving(
        (200, {"offers": [offer, rate]}), (200, {"allocation": granted}), (200, {"allocation": changed}),
        (200, {"released": 1}), (200, {"released": 0}), (200, {"offers": []}),
    )  # fmt: skip

    async def free(client):
        there = await client.availability()
        return there.free("cpu_cores"), there.free("search")

    async with client_of(service) as client:
        assert await free(client) == (3, 9)
        await client.allocate(request(amounts=granted["amounts"]))
        assert await free(client) == (2, 7)
        await client.reallocate("a1", {"cpu_cores": 2.0})
        assert await free(client) == (1, 7)
        await client.release("a1")
        assert await free(client) == (3, 7)
        assert [line.split()[0] for line in service.requests] == ["GET", "PUT", "PATCH", "DELETE"]
        await client.release_all("r1")
        assert await free(client) == (0, 0)


async def test_a_service_that_does_not_wait_is_not_flooded():
    service = Misbehaving((200, {"allocation": None}))
    async with client_of(service, HttpLimits(backoff=0.05)) as client:
        assert await client.allocate(request(), wait=0.2) is None
    assert 2 <= len(service.requests) <= 6


async def test_a_token_is_not_shown():
    client = HttpResources("http://127.0.0.1:9", token="s3cret", limits=QUICK)
    with pytest.raises(PlanningError) as away:
        await client.availability()
    assert "s3cret" not in repr(client) + str(away.value.to_dict())
    await client.aclose()


def test_httpx_is_imported_by_whoever_asks_and_nobody_else():
    script = (
        "import sys\n"
        "import groundplan.execution.resources.http_client, groundplan.execution.resources.pool\n"
        "heavy = {'httpx', 'fastapi', 'uvicorn', 'groundplan.resource_service', 'langchain_core'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
