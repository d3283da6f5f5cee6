"""Opening a database: what is said when that does not work, and what is closed again."""

import asyncio
import socket
import time

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.postgres.database import Database
from tests.contracts.plan_store import make_goal, make_run

HANG = 30.0


async def refused(url: str) -> PlanningError:
    async with asyncio.timeout(HANG):
        with pytest.raises(PlanningError) as caught:
            async with Database(url):
                pass
    error = caught.value
    assert error.recovery_suggestion
    assert "s3cret" not in f"{error} {error.details} {error.recovery_suggestion} {error.__cause__}"
    return error


def connections(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        ).fetchone()
    return row[0]


async def test_a_port_where_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = await refused(f"postgresql://ana:s3cret@127.0.0.1:{port}/plans")
    assert error.code is ErrorCode.STORE_UNAVAILABLE
    assert f"127.0.0.1:{port}, database plans cannot be reached" in error.message


async def test_a_host_that_accepts_and_says_nothing() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        error = await refused(f"postgresql://ana:s3cret@127.0.0.1:{silent.getsockname()[1]}/plans")
    assert error.code is ErrorCode.STORE_UNAVAILABLE
    assert error.retryable


async def test_a_database_that_does_not_exist(embedded) -> None:
    error = await refused(embedded.database_url.replace("/groundplan?", "/nowhere?"))
    assert error.code is ErrorCode.STORE_UNAVAILABLE
    assert '"nowhere" does not exist' in error.message


async def test_a_user_who_is_not_let_in(embedded) -> None:
    error = await refused(make_conninfo(embedded.database_url, user="stranger", password="s3cret"))
    assert error.code is ErrorCode.STORE_UNAVAILABLE
    assert "stranger" in error.message


async def test_a_user_who_may_not_make_tables(embedded, database_url: str) -> None:
    with psycopg.connect(embedded.database_url, autocommit=True) as connection:
        connection.execute("drop role if exists guest")
        connection.execute("create role guest login")
    try:
        error = await refused(make_conninfo(database_url, user="guest"))
    finally:
        with psycopg.connect(embedded.database_url, autocommit=True) as connection:
            connection.execute("drop role guest")
    assert error.code is ErrorCode.STORE_UNAVAILABLE
    assert "permission denied" in error.message


async def test_an_open_database_answers(database_url: str) -> None:
    async with Database(database_url) as database:
        await database.ping()


async def test_closing_leaves_no_connection_and_no_task(database_url: str) -> None:
    before = asyncio.all_tasks()
    async with Database(database_url) as database:
        await database.store.receive(make_goal(), make_run(), [])
        await database.store.get_goal("g1")
    assert asyncio.all_tasks() == before
    assert await asyncio.to_thread(connections, database_url) == 0


async def test_what_is_queued_when_it_closes_is_committed(database_url: str) -> None:
    async with Database(database_url) as database:
        writes = [
            asyncio.create_task(database.store.receive(make_goal(f"g{n}"), make_run(f"r{n}", f"g{n}"), []))
            for n in range(20)
        ]
        await asyncio.sleep(0)
    await asyncio.gather(*writes)
    async with Database(database_url) as database:
        assert len(await database.store.list_goals()) == 20


async def test_a_closed_database_says_so(database_url: str) -> None:
    async with Database(database_url) as database:
        store = database.store
    for call in (store.receive(make_goal(), make_run(), []), store.get_goal("g1"), database.ping()):
        with pytest.raises(PlanningError) as caught:
            await call
        assert caught.value.code is ErrorCode.STORE_UNAVAILABLE


async def test_more_readers_than_connections_take_turns(database_url: str) -> None:
    async with Database(database_url, pool_size=2) as database:
        await database.store.receive(make_goal(), make_run(), [])
        found = await asyncio.gather(*(database.store.get_goal("g1") for _ in range(50)))
    assert found == [make_goal()] * 50


async def test_a_server_is_not_taken_for_dead_because_this_process_was_too_busy_to_listen(embedded) -> None:
    async with Database(embedded.database_url) as database:
        session = await database._open_session()
        try:
            listening = asyncio.create_task(session._alive())
            for _ in range(3):  # as the steps of planning ten thousand tasks do
                await asyncio.sleep(0)
                time.sleep(1.2)  # noqa: ASYNC251  # that is what is tested
            assert await listening
        finally:
            await session.close()
