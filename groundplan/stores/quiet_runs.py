"""A `RunStore` that tells nobody: for reruns, whose events would look like those of the plan that they repeat."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from groundplan.domain.events import Event
from groundplan.domain.execution import ExecutionRun, RunStatus
from groundplan.domain.ledger import LedgerEntry
from groundplan.stores.run_protocol import Asked, Joined, Lease, RunChange, RunStore


class QuietRuns:
    """Another store's runs and ledgers, without any event."""

    def __init__(self, store: RunStore) -> None:
        self._store = store

    async def open_run(self, run: ExecutionRun, events: Sequence[Event]) -> None:  # noqa: ARG002  # dropped on purpose
        await self._store.open_run(run, [])

    async def get_run(self, run_id: str) -> ExecutionRun:
        return await self._store.get_run(run_id)

    async def list_runs(
        self, *, plan_id: str | None = None, status: RunStatus | None = None, live: bool = False, limit: int = 100
    ) -> list[ExecutionRun]:
        return await self._store.list_runs(plan_id=plan_id, status=status, live=live, limit=limit)

    async def runs_in_doubt(self, limit: int = 100) -> list[ExecutionRun]:
        return await self._store.runs_in_doubt(limit)

    async def change_run(self, run_id: str, change: RunChange) -> ExecutionRun:
        return await self._store.change_run(run_id, replace(change, events=()))

    async def withdraw_plan(self, plan_id: str, now: datetime, events: Sequence[Event]) -> bool:
        return await self._store.withdraw_plan(plan_id, now, events)

    async def take_lease(self, run_id: str, owner: str, seconds: float) -> Lease:
        return await self._store.take_lease(run_id, owner, seconds)

    async def renew_lease(self, lease: Lease) -> Asked | None:
        return await self._store.renew_lease(lease)

    async def release_lease(self, lease: Lease) -> None:
        await self._store.release_lease(lease)

    async def ask(self, run_id: str, asked: Asked | None) -> bool:
        return await self._store.ask(run_id, asked)

    async def asked(self, run_id: str) -> Asked | None:
        return await self._store.asked(run_id)

    async def append(
        self,
        lease: Lease,
        entries: Sequence[LedgerEntry],
        events: Sequence[Event] = (),  # noqa: ARG002  # dropped on purpose
    ) -> None:
        await self._store.append(lease, entries)

    async def read_ledger(self, run_id: str) -> list[LedgerEntry]:
        return await self._store.read_ledger(run_id)

    def joined(self, lease: Lease) -> AbstractAsyncContextManager[Joined]:
        return self._joined(lease)

    @asynccontextmanager
    async def _joined(self, lease: Lease) -> AsyncIterator[Joined]:
        async with self._store.joined(lease) as joined:
            yield _QuietJoined(joined)


@dataclass
class _QuietJoined:
    joined: Joined

    @property
    def connection(self) -> Any:
        return self.joined.connection

    @connection.setter
    def connection(self, connection: Any) -> None:
        self.joined.connection = connection

    @property
    def is_lost(self) -> bool:
        return self.joined.is_lost

    async def write(self, entry: LedgerEntry, events: Sequence[Event]) -> None:  # noqa: ARG002  # dropped on purpose
        await self.joined.write(entry, ())
