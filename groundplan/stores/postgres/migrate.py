"""Making the schema current: our migrations (yoyo) and the checkpointer's tables, under one lock.

Neither is safe when several processes start on a fresh database at once, so both run on a connection of their
own that holds an advisory lock. The lock is tried again and again, not waited for: the checkpointer creates
indexes concurrently, and that waits for every statement that is under way, a waiting one too.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import psycopg
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.postgres.base import MIGRATIONS as CHECKPOINT_MIGRATIONS
from psycopg.rows import dict_row

from groundplan.domain.errors import ErrorCode, PlanningError

_LOCK = (710173302, 0)
_PATIENCE = 60.0
_CURRENT = """
select
    (select array_agg(migration_id) from _yoyo_migration) as applied,
    (select max(v) from checkpoint_migrations) as checkpointer
"""
NOT_THERE = (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)
"""What `CURRENT_QUERY` raises in a database that nobody has migrated."""
CURRENT_QUERY = _CURRENT.strip()


@cache
def migration_ids() -> frozenset[str]:
    """The migrations of this version."""
    names = (file.name for file in files("groundplan.stores.postgres").joinpath("migrations").iterdir())
    return frozenset(
        name.removesuffix(".sql") for name in names if name.endswith(".sql") and not name.endswith(".rollback.sql")
    )


def is_current(applied: list[str] | None, checkpointer: int | None) -> bool:
    """Whether the schema, as `CURRENT_QUERY` tells it, is the one of this version.

    Raises:
        PlanningError: E5805 if it is newer.
    """
    newer = set(applied or ()) - migration_ids()
    if newer:
        raise PlanningError(
            ErrorCode.SCHEMA_MISMATCH,
            f"The database's schema is newer than this version of groundplan: {', '.join(sorted(newer))}",
            details={"unknown_migrations": sorted(newer)},
            recovery_suggestion="Upgrade groundplan, or use another database.",
        )
    return set(applied or ()) == migration_ids() and (checkpointer or 0) >= len(CHECKPOINT_MIGRATIONS) - 1


def migrate(conninfo: str) -> None:
    """Bring the schema up to this version; blocks. Any number of processes may do it at once.

    Raises:
        psycopg.Error: what the database says.
        PlanningError: E5805 if the schema is newer, E5800 if another process holds the lock for a minute.
    """
    with psycopg.connect(conninfo, autocommit=True, prepare_threshold=0, row_factory=dict_row) as connection:
        connection.execute("set client_min_messages to warning")
        with _lock(connection):
            if _already_current(connection):
                return
            PostgresSaver(connection).setup()
            _apply(conninfo)


def _already_current(connection: psycopg.Connection[dict[str, Any]]) -> bool:
    try:
        row = connection.execute(CURRENT_QUERY).fetchone()
    except NOT_THERE:
        return False
    return row is not None and is_current(row["applied"], row["checkpointer"])


@contextlib.contextmanager
def _lock(connection: psycopg.Connection[dict[str, Any]]) -> Iterator[None]:
    until = time.monotonic() + _PATIENCE
    while not _answer(connection, "select pg_try_advisory_lock(%s, %s) as taken"):
        if time.monotonic() > until:
            raise PlanningError(
                ErrorCode.STORE_UNAVAILABLE,
                f"Another process has been changing the database's schema for {_PATIENCE:.0f} s",
                recovery_suggestion="Wait for it, or end it if it hangs (see pg_locks, locktype 'advisory').",
            )
        time.sleep(0.05)
    try:
        yield
    finally:
        _answer(connection, "select pg_advisory_unlock(%s, %s) as taken")


def _answer(connection: psycopg.Connection[dict[str, Any]], query: str) -> bool:
    row = connection.execute(query, _LOCK).fetchone()
    return row is not None and bool(row["taken"])


def _apply(conninfo: str) -> None:
    # Imported here: yoyo is needed once in the life of a schema, and its import takes a tenth of a second.
    from yoyo import read_migrations

    from groundplan.stores.postgres.yoyo_backend import backend_for

    with (
        as_file(files("groundplan.stores.postgres").joinpath("migrations")) as folder,
        backend_for(conninfo) as backend,
        backend.lock(),
    ):
        backend.apply_migrations(backend.to_apply(read_migrations(str(folder))))
