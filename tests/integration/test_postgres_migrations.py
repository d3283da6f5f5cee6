"""The schema: made by migrations, by any number of processes at once; equal to the one that is declared."""

import asyncio
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from langgraph.checkpoint.postgres.base import MIGRATIONS as CHECKPOINT_MIGRATIONS

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.postgres.database import Database
from groundplan.stores.postgres.migrate import migrate, migration_ids
from tests.postgres import schema_of

SNAPSHOT = Path(__file__).parent.parent / "data" / "snapshots" / "schema.txt"

OPEN = """
import asyncio, sys
from groundplan.stores.postgres.database import Database

async def main():
    async with Database(sys.argv[1]) as database:
        await database.ping()

asyncio.run(main())
print("yoyo" in sys.modules)
"""


def test_the_migrations_make_the_declared_schema(database_url: str) -> None:
    migrate(database_url)
    assert schema_of(database_url) == SNAPSHOT.read_text()


def test_migrating_again_changes_nothing(database_url: str) -> None:
    for _ in range(2):
        migrate(database_url)
    with psycopg.connect(database_url) as connection:
        applied = connection.execute("select migration_id from _yoyo_log where operation = 'apply'").fetchall()
    assert {name for (name,) in applied} == migration_ids()
    assert len(applied) == len(migration_ids())


def test_four_processes_may_start_on_a_fresh_database_at_once(database_url: str) -> None:
    starting = [
        subprocess.Popen([sys.executable, "-c", OPEN, database_url], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    ended = [(process.communicate(timeout=60), process.returncode) for process in starting]
    assert [(errors.decode(), code) for (_, errors), code in ended] == [("", 0)] * 4
    assert schema_of(database_url) == SNAPSHOT.read_text()


def test_a_warm_start_does_not_import_the_migration_tool(database_url: str) -> None:
    said = [
        subprocess.run([sys.executable, "-c", OPEN, database_url], capture_output=True, text=True, timeout=60)
        for _ in range(2)
    ]
    assert [(run.stdout.strip(), run.stderr) for run in said] == [("True", ""), ("False", "")]


async def test_a_newer_schema_is_refused(database_url: str) -> None:
    await asyncio.to_thread(migrate, database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "insert into _yoyo_migration (migration_hash, migration_id) values ('x', '9999.from-the-future')"
        )
    with pytest.raises(PlanningError) as caught:
        async with Database(database_url):
            pass
    assert caught.value.code is ErrorCode.SCHEMA_MISMATCH
    assert "9999.from-the-future" in caught.value.message


async def test_a_checkpointer_of_before_is_brought_up(database_url: str) -> None:
    await asyncio.to_thread(migrate, database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("alter table checkpoint_writes drop column task_path")
        connection.execute("delete from checkpoint_migrations where v = %s", [len(CHECKPOINT_MIGRATIONS) - 1])
    async with Database(database_url):
        pass
    with psycopg.connect(database_url) as connection:
        row = connection.execute("select max(v) from checkpoint_migrations").fetchone()
        assert row == (len(CHECKPOINT_MIGRATIONS) - 1,)
        connection.execute("select task_path from checkpoint_writes")


def test_every_migration_can_be_taken_back(database_url: str) -> None:
    from yoyo import read_migrations

    from groundplan.stores.postgres.yoyo_backend import backend_for

    migrate(database_url)
    folder = Path(migrate.__code__.co_filename).parent / "migrations"
    with backend_for(database_url) as backend:
        backend.rollback_migrations(backend.to_rollback(read_migrations(str(folder))))
    assert "goals" not in schema_of(database_url)
    migrate(database_url)
    assert schema_of(database_url) == SNAPSHOT.read_text()
