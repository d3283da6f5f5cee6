"""An empty, migrated database for each test, at the price of emptying tables."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from secrets import token_hex

import psycopg

from groundplan.stores.postgres.database import Database

_EMPTY = """
truncate goals, planning_runs, plan_versions, tasks, approvals, events, model_answers, checkpoints,
    checkpoint_blobs, checkpoint_writes restart identity cascade
"""


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """The URL of a database that is dropped again."""
    name = f"test_{token_hex(6)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    yield server_url.replace("/groundplan?", f"/{name}?")
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@asynccontextmanager
async def emptied(url: str) -> AsyncIterator[Database]:
    """The database, open, with nothing in it."""
    async with Database(url) as database:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute(_EMPTY)
        yield database
