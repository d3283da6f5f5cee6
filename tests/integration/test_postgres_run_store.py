"""The run store on a real Postgres: the contract, and what only a database can do wrong."""

from contextlib import nullcontext

import psycopg
import pytest

from groundplan.domain.errors import ErrorCode
from groundplan.stores.postgres.database import Database
from groundplan.stores.postgres.plan_store import PostgresPlanStore
from groundplan.stores.postgres.run_store import PostgresRunStore
from tests.contracts.plan_store import code_of
from tests.contracts.run_store import RunStoreContract, line, open_run, running, stored, told


class TestPostgresRunStore(RunStoreContract):
    @pytest.fixture
    def plans(self, database: Database) -> PostgresPlanStore:
        return database.store

    @pytest.fixture
    def runs(self, database: Database) -> PostgresRunStore:
        return database.runs


async def test_the_effect_and_its_outcome_are_one_transaction(database: Database, migrated_url: str) -> None:
    lease = await running(database.store, database.runs)
    with psycopg.connect(migrated_url, autocommit=True) as outside:
        outside.execute("create table if not exists bank (who text)")
        outside.execute("truncate bank")
        for ends_well in (False, True):
            with_error = nullcontext() if ends_well else pytest.raises(RuntimeError)
            with with_error:
                async with database.runs.joined(lease) as joined:
                    await joined.connection.execute("insert into bank values ('ada')")
                    await joined.write(line(kind="completed"), [told()])
                    assert outside.execute("select * from bank").fetchall() == []
                    if not ends_well:
                        raise RuntimeError("killed")
            assert len(outside.execute("select * from bank").fetchall()) == ends_well
            assert len(await database.runs.read_ledger("x1")) == ends_well


async def test_nobody_takes_the_lease_between_the_check_and_the_commit(database: Database, migrated_url: str) -> None:
    """The fence holds the run's row: who takes over waits for the commit, and reads what it has written."""
    lease = await running(database.store, database.runs)
    async with database.runs.joined(lease) as joined:
        await joined.write(line(), [])
        with psycopg.connect(migrated_url, autocommit=True) as other, pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("set lock_timeout = '50ms'")
            other.execute("update runs set epoch = epoch + 1 where run_id = 'x1'")


async def test_two_databases_agree_on_who_runs_a_plan(database: Database, migrated_url: str) -> None:
    await stored(database.store)
    await database.runs.open_run(open_run(), [])
    async with Database(migrated_url) as other:
        await database.runs.take_lease("x1", "here", 15.0)
        assert await code_of(other.runs.take_lease("x1", "there", 15.0)) is ErrorCode.RUN_CONFLICT
        assert await code_of(other.runs.open_run(open_run("x2"), [])) is ErrorCode.RUN_CONFLICT


async def test_a_disk_that_is_full_is_said_and_what_waits_is_written_when_there_is_room(
    database: Database, migrated_url: str
) -> None:
    lease = await running(database.store, database.runs)
    with psycopg.connect(migrated_url, autocommit=True) as other:
        other.execute(_NO_ROOM)
        try:
            refused = await code_of(database.runs.append(lease, [line()]))
            assert refused is ErrorCode.STORE_UNAVAILABLE
        finally:
            other.execute("drop trigger no_room on ledger")
    await database.runs.append(lease, [line()])
    assert len(await database.runs.read_ledger("x1")) == 1


_NO_ROOM = """
create or replace function no_room() returns trigger language plpgsql as $$
begin
    raise exception 'could not extend file "base/1/2": No space left on device' using errcode = 'disk_full';
end
$$;
create trigger no_room before insert on ledger for each statement execute function no_room();
"""


async def test_a_number_that_no_column_takes_is_refused_and_keeps_nobody_else_from_writing(database: Database) -> None:
    lease = await running(database.store, database.runs)
    assert await code_of(database.runs.append(lease, [line(tokens=2**63)])) is ErrorCode.STORE_REJECTED
    await database.runs.append(lease, [line()])
    assert len(await database.runs.read_ledger("x1")) == 1
