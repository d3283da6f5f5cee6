"""Work without an effect does not wait for its line in the ledger; all other work does."""

import asyncio

import pytest

from groundplan.domain.resources import ResourceEstimate
from groundplan.stores.memory_runs import MemoryRunStore
from tests.plan_factories import task
from tests.scheduled_runs import ByTask, Doing, ScheduledRun


@pytest.fixture
def slow_ledger(monkeypatch):
    """A ledger whose lines are written once `go_on` is set."""
    go_on = asyncio.Event()
    append = MemoryRunStore.append

    async def slowly(self, lease, entries, events=()):
        await go_on.wait()
        await append(self, lease, entries, events)

    monkeypatch.setattr(MemoryRunStore, "append", slowly)
    return go_on


DEAR = ResourceEstimate(tokens=(10, 20, 30))


async def test_only_pure_work_that_costs_nothing_begins_before_its_claim_is_committed(slow_ledger):
    pure, other = Doing(pure=True), Doing(idempotent=True)
    executors = ByTask(pure, effect=other)
    run = ScheduledRun(task("look"), task("ask", resource_estimate=DEAR), task("effect"), executors=executors)
    running = asyncio.create_task(run.run())
    await asyncio.sleep(0.01)
    assert (dict(pure.begun), dict(other.begun)) == ({"look": 1}, {})
    slow_ledger.set()
    assert await running == "completed"
    assert (dict(pure.begun), dict(other.begun)) == ({"look": 1, "ask": 1}, {"effect": 1})


async def test_the_claim_comes_before_the_outcome_all_the_same(slow_ledger):
    run = ScheduledRun(task("look"), task("count", "look"), executors=Doing(pure=True))
    running = asyncio.create_task(run.run())
    await asyncio.sleep(0.01)
    slow_ledger.set()
    assert await running == "completed"
    assert await run.story() == [
        (task_id, 1, kind) for task_id in ("look", "count") for kind in ("claimed", "completed")
    ]
