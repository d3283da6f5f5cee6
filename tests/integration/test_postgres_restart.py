"""The database restarts, dies or freezes while plans are written: nothing that was acknowledged is lost, and
nothing is there twice."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.postgres.database import Database
from groundplan.stores.postgres.plan_store import PostgresPlanStore
from groundplan.stores.postgres.serializer import ModelSerializer
from tests.contracts.plan_store import make_event, make_goal, make_plan, make_run
from tests.postgres_process import PostgresProcess

HANG = 60.0
PROMISED = 5.0
"""Within so many seconds it is said that the database is gone (and a little for a machine that is busy)."""
SLACK = 2.0


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresProcess]:
    server = PostgresProcess()
    yield server
    server.remove()


@pytest.fixture
async def database(server: PostgresProcess) -> AsyncIterator[Database]:
    async with Database(server.url) as database:
        yield database


class Load:
    """Eight writers that store goals and plans until they are told to stop, and remember what was acknowledged."""

    def __init__(self, store: PostgresPlanStore, prefix: str) -> None:
        self._store = store
        self._prefix = prefix
        self._stopped = False
        self.acknowledged: list[str] = []
        self.errors: list[PlanningError] = []

    async def run(self) -> None:
        await asyncio.gather(*(self._write(writer) for writer in range(8)))

    def stop(self) -> None:
        self._stopped = True

    async def _write(self, writer: int) -> None:
        number = 0
        while not self._stopped:
            name = f"{self._prefix}-{writer}-{number}"
            number += 1
            try:
                await self._store.receive(make_goal(name), make_run(name, name), [make_event(f"received {name}")])
                await self._store.commit_plan(make_plan(name, goal_id=name), [make_event(name)], reason="load")
            except PlanningError as error:
                self.errors.append(error)
                await asyncio.sleep(0.1)
                continue
            self.acknowledged.append(name)

    async def check(self) -> None:
        """What was acknowledged is there, whole; every event is there once, also of what was not."""
        for name in self.acknowledged:
            assert await self._store.get_plan(name) == make_plan(name, goal_id=name)
        written = Counter(event.plan_id for event in await self._store.read_events(limit=100_000))
        expected = {name for done in self.acknowledged for name in (done, f"received {done}")}
        assert expected <= written.keys()
        assert set(written.values()) == {1}


async def acknowledged(load: Load, more: int) -> None:
    """So many more writes have been acknowledged."""
    until = len(load.acknowledged) + more
    while len(load.acknowledged) < until:  # noqa: ASYNC110  # the load goes on beside this
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_a_restart_in_the_middle_of_writing_loses_and_doubles_nothing(
    server: PostgresProcess, database: Database, mode: str
) -> None:
    load = Load(database.store, mode)
    async with asyncio.timeout(HANG), asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(load.run())
        await acknowledged(load, 50)
        for _ in range(2):
            await asyncio.to_thread(server.stop, mode)
            await asyncio.to_thread(server.start)
            await acknowledged(load, 50)
        load.stop()
        await writing
    # An outage longer than a writer's patience is an error, and what became of that write is unknown.
    assert {error.code for error in load.errors} <= {ErrorCode.STORE_UNAVAILABLE}
    assert database.writer.stats.reconnects >= 2
    await load.check()


async def test_a_database_that_is_gone_is_said_in_time_and_found_again(
    server: PostgresProcess, database: Database
) -> None:
    saver = database.saver(ModelSerializer([]))
    await asyncio.to_thread(server.stop, "fast")
    try:
        began = time.monotonic()
        calls = await asyncio.gather(
            database.store.receive(make_goal("gone"), make_run("gone", "gone"), []),
            database.store.get_plan("any"),
            database.store.list_plans(),
            database.store.read_events(),
            database.ping(),
            saver.aget_tuple({"configurable": {"thread_id": "any"}}),
            return_exceptions=True,
        )
        took = time.monotonic() - began
        with pytest.raises(PlanningError) as caught:
            async with Database(server.url):
                pass
    finally:
        await asyncio.to_thread(server.start)
    assert [error.code for error in calls if isinstance(error, PlanningError)] == [ErrorCode.STORE_UNAVAILABLE] * 6
    assert caught.value.code is ErrorCode.STORE_UNAVAILABLE
    assert took < PROMISED + SLACK
    await database.ping()
    await database.store.receive(make_goal("back"), make_run("back", "back"), [])
    assert (await database.store.get_goal("back")).goal_id == "back"


async def test_a_frozen_database_is_said_in_time_and_found_again(server: PostgresProcess, database: Database) -> None:
    await asyncio.to_thread(server.freeze)
    try:
        began = time.monotonic()
        calls = await asyncio.gather(
            database.store.receive(make_goal("frozen"), make_run("frozen", "frozen"), [make_event("frozen")]),
            database.store.get_plan("any"),
            return_exceptions=True,
        )
        took = time.monotonic() - began
    finally:
        await asyncio.to_thread(server.thaw)
    assert [error.code for error in calls if isinstance(error, PlanningError)] == [ErrorCode.STORE_UNAVAILABLE] * 2
    assert took < PROMISED + SLACK
    await database.store.receive(make_goal("frozen"), make_run("frozen", "frozen"), [make_event("frozen")])
    assert len(await database.store.read_events(plan_id="frozen")) == 1


async def test_closing_while_the_database_is_gone_ends(server: PostgresProcess) -> None:
    async with asyncio.timeout(HANG):
        database = await Database(server.url).__aenter__()
        await asyncio.to_thread(server.stop, "fast")
        try:
            await database.__aexit__(None, None, None)
        finally:
            await asyncio.to_thread(server.start)
