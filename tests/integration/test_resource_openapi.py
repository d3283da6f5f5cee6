"""The published document: it is what the service says, and the service keeps to it."""

import asyncio
import threading
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from groundplan.execution.resources.pool import LocalPool
from groundplan.resource_service import create_app
from groundplan.resource_service.document import document
from tests.contracts.resource_provider import KINDS
from tests.property_examples import examples
from tests.resource_server import served

PUBLISHED = Path(__file__).parents[2] / "docs/openapi/resources.json"


class Impatient(LocalPool):
    """Nobody waits: examples are many."""

    async def allocate(self, request, *, wait=0.0):
        return await super().allocate(request)


@pytest.fixture(scope="module")
def address():
    """The address of a service in a thread of its own."""
    ready, ended, url = threading.Event(), asyncio.Event(), []

    async def serve():
        async with served(create_app(Impatient(KINDS), token="t0ken")) as at:
            url.append((at, asyncio.get_running_loop()))
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    at, loop = url[0]
    yield at
    loop.call_soon_threadsafe(ended.set)
    thread.join()


def test_the_published_document_is_what_the_service_says():
    # Changed on purpose? python -m groundplan.resource_service.document > docs/openapi/resources.json
    assert PUBLISHED.read_text(encoding="utf-8") == document()


schema = schemathesis.openapi.from_path(PUBLISHED)
schema.config.update(headers={"Authorization": "Bearer t0ken"})


@schema.parametrize()
@settings(
    max_examples=examples(0.6), deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_the_service_keeps_to_its_document(case, address):
    if case.body and isinstance(case.body, dict) and case.body.get("wait_seconds"):
        case.body["wait_seconds"] = (
            0 if isinstance(case.body["wait_seconds"], int | float) else case.body["wait_seconds"]
        )
    case.call_and_validate(base_url=address)
