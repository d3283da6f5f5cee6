"""Postgres, open: the stores and what a checkpointer needs, over one pool and one writer."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from langgraph.checkpoint.serde.base import SerializerProtocol
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool
from pydantic_core import from_json

from groundplan.domain.errors import PlanningError
from groundplan.stores.postgres import migrate
from groundplan.stores.postgres.address import Address
from groundplan.stores.postgres.failures import driver_errors
from groundplan.stores.postgres.feedback_store import PostgresEvaluationStore, PostgresFeedbackStore
from groundplan.stores.postgres.group_commit import GroupCommit, Limits
from groundplan.stores.postgres.line import check_line
from groundplan.stores.postgres.model_answers import PostgresModelAnswers
from groundplan.stores.postgres.past_work import PostgresPastWork
from groundplan.stores.postgres.plan_store import PostgresPlanStore
from groundplan.stores.postgres.reader import Pool, Reader
from groundplan.stores.postgres.retention import PostgresRetention
from groundplan.stores.postgres.run_store import PostgresRunStore
from groundplan.stores.postgres.saver import GroupCommitSaver
from groundplan.stores.postgres.serializer import encrypted
from groundplan.stores.postgres.session import Connection, PostgresSession, connect
from groundplan.stores.postgres.writes import Session

_PATIENCE = 4.5
"""Seconds after which a database that does not answer is said to be away (5 are promised)."""


class Database:
    """A Postgres database of version 15 or later, its schema made current when it is opened.

        async with Database("postgresql://me@localhost/plans") as database:
            await database.store.get_plan(plan_id)

    Args:
        url: `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`, or `postgresql://USER@/DATABASE?host=/FOLDER` for a
            socket; anything that libpq reads.
        pool_size: connections for reading, besides the one that writes.
        encryption_key: 16, 24 or 32 bytes; checkpoints are encrypted with it.
    """

    def __init__(self, url: str, *, pool_size: int = 4, encryption_key: bytes | None = None) -> None:
        self._address = Address(url)
        self._pool_size = pool_size
        self._encryption_key = encryption_key
        self._exits = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Connect, and bring the schema up to this version.

        Raises:
            PlanningError: E5800 if there is no such database or it does not answer in 5 s, E5805 if its schema is
                newer than this version.
        """
        async with AsyncExitStack() as exits:
            await self._prepare_schema()
            self._pool = await exits.enter_async_context(self._open_pool())
            self.writer = await exits.enter_async_context(GroupCommit(self._open_session, Limits(patience=_PATIENCE)))
            self._reader = Reader(self._pool, str(self._address), self._is_alive, _PATIENCE)
            self.store = PostgresPlanStore(self.writer, self._reader)
            self.runs = PostgresRunStore(self.writer, self._reader)
            self.feedback = PostgresFeedbackStore(self.writer, self._reader)
            self.evaluations = PostgresEvaluationStore(self._reader)
            self.past_work = PostgresPastWork(self._reader)
            self.retention = PostgresRetention(self._reader)
            self.answers = PostgresModelAnswers(self.writer, self._reader)
            self._exits = exits.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit what is queued, and close every connection."""
        await self._exits.__aexit__(kind, error, trace)

    def saver(self, serializer: SerializerProtocol) -> GroupCommitSaver:
        """A checkpointer that writes values by `serializer`, encrypted if the database was given a key.

        See `groundplan.graph.checkpoints.open_checkpointer` for one that knows the planner's state.
        """
        serde = serializer if self._encryption_key is None else encrypted(serializer, self._encryption_key)
        return GroupCommitSaver(self.writer, self._pool, serde, self._is_alive, str(self._address))

    async def ping(self) -> None:
        """Ask the database for an answer. Raises PlanningError E5800 within 5 s if there is none."""
        await self._reader.rows("ping")

    async def _prepare_schema(self) -> None:
        connection = await connect(self._address, _PATIENCE)
        with driver_errors(str(self._address)):
            async with connection:
                current = await _is_current(connection)
            if not current:
                await asyncio.to_thread(migrate.migrate, self._conninfo)

    async def _open_session(self) -> Session:
        return PostgresSession(await connect(self._address, _PATIENCE), self._is_alive)

    async def _is_alive(self) -> bool:
        try:
            async with await connect(self._address, 1.0):
                return True
        except PlanningError:
            return False

    def _open_pool(self) -> Pool:
        return AsyncConnectionPool[AsyncConnection[dict[str, Any]]](
            self._conninfo,
            min_size=1,
            max_size=self._pool_size,
            open=False,
            timeout=_PATIENCE,
            check=check_line,
            configure=_read_json_fast,
            kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
            name="groundplan",
        )

    @property
    def _conninfo(self) -> str:
        return self._address.conninfo(connect_timeout=_PATIENCE)


async def _read_json_fast(connection: AsyncConnection[dict[str, Any]]) -> None:
    set_json_loads(_from_json, connection)


def _from_json(text: str | bytes) -> Any:
    """Half the time of the standard library's: a plan of thousands of tasks is one JSON value."""
    try:
        return from_json(text)
    except ValueError:  # what only the standard library takes: lone surrogates
        return json.loads(text)


async def _is_current(connection: Connection) -> bool:
    try:
        cursor = await connection.execute(migrate.CURRENT_QUERY)
    except migrate.NOT_THERE:
        return False
    row = await cursor.fetchone()
    return row is not None and migrate.is_current(*row)
