"""Everything that is not grouped: queries over the pool, and short transactions of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg_pool import AsyncConnectionPool

from groundplan.domain.errors import PlanningError
from groundplan.stores.postgres import arrays
from groundplan.stores.postgres.failures import driver_errors
from groundplan.stores.postgres.line import Alive, Watch
from groundplan.stores.postgres.queries import queries

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]
Result = TypeVar("Result")
_PAUSE = 0.2


class Reader:
    """The named queries of `reading.sql`, `execution.sql` and `feedback.sql`, over a pool.

    Args:
        pool: connections that commit each statement and give rows as dictionaries.
        where: the server's address, for people.
        alive: tells whether the server still answers others; asked when a query takes long.
        patience: seconds for which a transaction is tried again when the database is away.
    """

    def __init__(self, pool: Pool, where: str, alive: Alive, patience: float) -> None:
        self._pool = pool
        self._alive = alive
        self._where = where
        self._patience = patience
        self._sql = queries("reading") | queries("execution") | queries("retention") | queries("feedback")
        self._sql |= queries("past_work")

    async def rows(self, name: str, /, **parameters: Any) -> list[DictRow]:
        """All rows of the query."""
        async with self._connection() as connection:
            cursor = await connection.execute(self._sql[name], parameters)
            return await cursor.fetchall()

    async def row(self, name: str, /, **parameters: Any) -> DictRow | None:
        """The first row of the query, if there is one."""
        found = await self.rows(name, **parameters)
        return found[0] if found else None

    async def execute(self, name: str, /, **parameters: Any) -> None:
        """Run a statement that returns nothing."""
        async with self._connection() as connection:
            await connection.execute(self._sql[name], parameters)

    @asynccontextmanager
    async def open_transaction(self) -> AsyncIterator[AsyncConnection[DictRow]]:
        """A transaction on a connection that takes arrays too; it commits when its block ends."""
        async with self._connection() as connection:
            arrays.register(connection.adapters)
            async with connection.transaction():
                yield connection

    async def transaction(self, work: Callable[[Transaction], Awaitable[Result]]) -> Result:
        """Run `work` in a transaction, again if the connection is lost or others had to go first.

        `work` must do nothing for what is done already: whether a lost attempt was committed is unknown.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience
        while True:
            try:
                async with self._connection() as connection, connection.transaction():
                    return await work(Transaction(connection, self._sql))
            except PlanningError as error:
                if not error.retryable or loop.time() + _PAUSE >= until:
                    raise
            await asyncio.sleep(_PAUSE)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection[DictRow]]:
        with driver_errors(self._where):
            async with self._pool.connection() as connection:
                with Watch(connection, self._alive):
                    yield connection


class Transaction:
    """The same queries, in one transaction."""

    def __init__(self, connection: AsyncConnection[DictRow], sql: Mapping[str, str]) -> None:
        self._connection = connection
        self._sql = sql

    async def row(self, name: str, /, **parameters: Any) -> DictRow | None:
        """The first row of the query, if there is one."""
        cursor = await self._connection.execute(self._sql[name], parameters)
        return await cursor.fetchone()

    async def rows(self, name: str, /, **parameters: Any) -> list[DictRow]:
        """All rows of the query."""
        cursor = await self._connection.execute(self._sql[name], parameters)
        return await cursor.fetchall()

    async def do(self, name: str, /, **parameters: Any) -> None:
        """Run a statement that returns nothing."""
        await self._connection.execute(self._sql[name], parameters)
