"""Work without an effect does not wait for its line in the ledger; all other work does."""

import asyncio
from dataclasses import replace

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.resources import ResourceEstimate
from groundplan.stores.memory_runs import MemoryRunStore
from tests.plan_factories import task
from tests.scheduled_runs import LIMITS, ByTask, Doing, ScheduledRun


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


async def test_no_outcome_is_written_before_the_claim_that_it_belongs_to(monkeypatch):
    run = ScheduledRun(task("a"), task("b", "a"), executors=Doing(pure=True))
    append, failed = run.runs.append, []

    async def away_once(lease, entries, events=()):
        if not failed and any((entry.task_id, entry.kind) == ("b", "claimed") for entry in entries):
            failed.append(True)
            raise PlanningError(ErrorCode.STORE_UNAVAILABLE, "away", retryable=True)
        await append(lease, entries, events)

    monkeypatch.setattr(run.runs, "append", away_once)
    assert await run.run() == "completed"
    assert failed
    assert await run.statuses() == {"a": "completed", "b": "completed"}
    assert [kind for task_id, _, kind in await run.story() if task_id == "b"] == ["claimed", "completed"]


async def test_nothing_is_left_behind_when_the_ledger_stays_away(monkeypatch):
    run = ScheduledRun(task("a"), task("b", "a"), executors=Doing(pure=True))
    append = run.runs.append

    async def stays_away(lease, entries, events=()):
        if any(entry.task_id == "b" for entry in entries):
            raise PlanningError(ErrorCode.STORE_UNAVAILABLE, "away", retryable=True)
        await append(lease, entries, events)

    monkeypatch.setattr(run.runs, "append", stays_away)
    await run.open()
    with pytest.raises(PlanningError):
        await run.run(limits=replace(LIMITS, patience=0.0))
    await asyncio.sleep(0.05)
    assert [one for one in asyncio.all_tasks() if one is not asyncio.current_task()] == []
    monkeypatch.setattr(run.runs, "append", append)
    assert await run.run() == "completed"
