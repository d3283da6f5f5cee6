"""The writer's connection to Postgres."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.postgres import arrays
from groundplan.stores.postgres.address import Address
from groundplan.stores.postgres.failures import driver_errors, planning_error
from groundplan.stores.postgres.line import Alive, Watch, heard_within
from groundplan.stores.postgres.writes import Row, SessionLostError, Write

Connection = AsyncConnection[tuple[Any, ...]]
_LONGEST = 60.0


async def connect(address: Address, seconds: float) -> Connection:
    """A connection that commits each statement, for the writer. E5800 if none is made in time."""
    with driver_errors(str(address)):
        return await heard_within(seconds, _connected(address))


async def _connected(address: Address) -> Connection:
    connection = await AsyncConnection.connect(
        address.conninfo(connect_timeout=_LONGEST),  # the driver counts by the clock
        autocommit=True,
        prepare_threshold=0,
        row_factory=tuple_row,
    )
    try:
        # Rows come as arrays, so one plan fits any batch; to plan a statement anew takes as long as to run it.
        await connection.execute("set plan_cache_mode = force_generic_plan")
    except BaseException:
        await connection.close()
        raise
    arrays.register(connection.adapters)
    return connection


class PostgresSession:
    """Runs batches on one connection: a single statement by itself, several in one pipeline.

    Between two synchronisation points of a pipeline Postgres runs everything in one transaction, so a batch
    costs one round trip and needs no BEGIN and COMMIT of its own.

    Args:
        connection: as `connect` makes it.
        alive: tells whether the server still answers others; asked when a batch takes long.
    """

    def __init__(self, connection: Connection, alive: Alive) -> None:
        self._connection = connection
        self._alive = alive

    async def run(self, batch: Sequence[Write]) -> list[list[Row]]:
        """See `Session.run`."""
        try:
            packed = [(write.statement.sql, write.statement.pack(write.rows)) for write in batch]
        except UnicodeEncodeError as error:
            raise _unencodable(error) from error
        except struct.error as error:
            raise _too_large(error) from error
        try:
            with Watch(self._connection, self._alive):
                return await self._run(packed)
        except (psycopg.Error, OSError) as error:
            if isinstance(error, OSError) or self._connection.closed:
                raise SessionLostError from error
            raise planning_error(error) from error

    async def _run(self, packed: list[tuple[str, dict[str, bytes]]]) -> list[list[Row]]:
        if len(packed) == 1:
            cursor = await self._connection.execute(*packed[0])
            return [await cursor.fetchall() if cursor.description else []]
        async with self._connection.pipeline():
            cursors = [await self._connection.execute(sql, parameters) for sql, parameters in packed]
        return [await cursor.fetchall() if cursor.description else [] for cursor in cursors]

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close()


def _too_large(error: struct.error) -> PlanningError:
    return PlanningError(
        ErrorCode.STORE_REJECTED,
        f"A number cannot be stored: {error}",
        recovery_suggestion="Keep counts below 2^31, and those of tokens below 2^63.",
    )


def _unencodable(error: UnicodeEncodeError) -> PlanningError:
    return PlanningError(
        ErrorCode.STORE_REJECTED,
        f"A text cannot be stored: {error.reason}",
        recovery_suggestion="Take lone surrogates (half of a UTF-16 pair) out of the text.",
    )
