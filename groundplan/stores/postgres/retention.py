"""Letting old history go, in Postgres."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from psycopg.rows import DictRow

from groundplan.stores.postgres.reader import Reader, Transaction
from groundplan.stores.retention import Due

_AT_A_TIME = 50
"""Runs that go in one transaction: leases cannot be renewed while it lasts."""


class _Asked(Protocol):
    async def rows(self, name: str, /, **parameters: object) -> list[DictRow]: ...


class PostgresRetention:
    """`Retention` in Postgres."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def due(self, before: datetime, *, plans: bool = False) -> Due:
        """See `Retention.due`."""
        return await _due(self._reader, before, plans=plans)

    async def forget(self, due: Due, before: datetime) -> Due:
        """See `Retention.forget`."""
        gone = Due()
        for part in due.parts(_AT_A_TIME):
            gone += await self._forget(part, before)
        return due & gone

    async def _forget(self, part: Due, before: datetime) -> Due:
        async def drop(transaction: Transaction) -> Due:
            await transaction.do("hold_runs")
            gone = part & await _due(transaction, before, plans=bool(part.plans))
            await transaction.do("forget_traces", run_ids=[*gone.executions, *gone.plannings])
            await transaction.do("forget_executions", run_ids=gone.executions)
            await transaction.do("forget_plannings", run_ids=gone.plannings)
            await transaction.do("forget_plans", plan_ids=gone.plans)
            return gone

        return await self._reader.transaction(drop)


async def _due(asked: _Asked, before: datetime, *, plans: bool) -> Due:
    executions = [row["run_id"] for row in await asked.rows("due_executions", before=before)]
    plannings = [row["run_id"] for row in await asked.rows("due_plannings", before=before)]
    over = await asked.rows("due_plans", before=before, executions=executions) if plans else []
    return Due(executions=executions, plannings=plannings, plans=[row["plan_id"] for row in over])
