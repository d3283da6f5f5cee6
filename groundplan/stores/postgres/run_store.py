"""Runs, leases and the ledger in Postgres: the `RunStore` that keeps things."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from groundplan.domain.events import Event
from groundplan.domain.execution import ExecutionRun, RunStatus
from groundplan.domain.ledger import LedgerEntry
from groundplan.domain.lifecycle import GoalStatus, PlanStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.stores.conflicts import no_execution_run, no_plan, not_runnable, run_held, run_open
from groundplan.stores.postgres.goal_moves import move_goal
from groundplan.stores.postgres.group_commit import GroupCommit
from groundplan.stores.postgres.plan_rows import events_json, progress_json
from groundplan.stores.postgres.reader import Reader, Transaction
from groundplan.stores.postgres.run_rows import entry_from, ledger_row, run_details, run_from
from groundplan.stores.postgres.statements import ADD_EVENTS, APPEND_LEDGER, FENCE
from groundplan.stores.postgres.writes import Write
from groundplan.stores.run_protocol import BEFORE_RUN, YIELDS, Asked, Joined, Lease, RunChange, request_after


class PostgresRunStore:
    """A `RunStore` in Postgres. The ledger goes through the group commit, the rest over the pool."""

    def __init__(self, writer: GroupCommit, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def open_run(self, run: ExecutionRun, events: Sequence[Event]) -> None:
        """See `RunStore.open_run`."""

        async def record(transaction: Transaction) -> None:
            # The plan's row first: whoever opens another run of the same plan waits here.
            plan = await transaction.row("lock_latest_plan", plan_id=run.plan_id)
            if await transaction.row("get_execution_run", run_id=run.run_id):
                return
            if plan is None:
                raise no_plan(run.plan_id, None)
            if run.forked_from is None:
                await self._begin(transaction, run, plan)
            row = run.model_dump(include={"run_id", "plan_id", "version", "goal_id", "agent_did", "forked_from"})
            await transaction.do(
                "insert_run", **row, status=run.status.value, details=run_details(run), created_at=run.created_at
            )
            await transaction.do("add_events", events=events_json(events).decode())

        await self._reader.transaction(record)

    async def _begin(self, transaction: Transaction, run: ExecutionRun, plan: dict[str, Any]) -> None:
        other = await transaction.row("open_run_of", plan_id=run.plan_id)
        if other is not None:
            raise run_open(run.plan_id, other["run_id"])
        if plan["status"] != PlanStatus.VALIDATED or plan["version"] != run.version:
            raise not_runnable(run.plan_id, PlanStatus(plan["status"]))
        await _move_plan(transaction, run.plan_id, plan, PlanStatus.EXECUTING, run.created_at)
        await move_goal(transaction, plan["goal_id"], GoalStatus.EXECUTING)

    async def get_run(self, run_id: str) -> ExecutionRun:
        """See `RunStore.get_run`."""
        row = await self._reader.row("get_execution_run", run_id=run_id)
        if row is None:
            raise no_execution_run(run_id)
        return run_from(row)

    async def list_runs(
        self, *, plan_id: str | None = None, status: RunStatus | None = None, live: bool = False, limit: int = 100
    ) -> list[ExecutionRun]:
        """See `RunStore.list_runs`."""
        rows = await self._reader.rows("list_execution_runs", plan_id=plan_id, status=status, live=live, limit=limit)
        return [run_from(row) for row in rows]

    async def runs_in_doubt(self, limit: int = 100) -> list[ExecutionRun]:
        """See `RunStore.runs_in_doubt`."""
        return [run_from(row) for row in await self._reader.rows("list_runs_in_doubt", limit=limit)]

    async def change_run(self, run_id: str, change: RunChange) -> ExecutionRun:
        """See `RunStore.change_run`."""

        async def move(transaction: Transaction) -> ExecutionRun:
            row = await transaction.row("lock_run", run_id=run_id)
            if row is None:
                raise no_execution_run(run_id)
            if change.epoch is not None and change.epoch != row["epoch"]:
                raise run_held(f"Run {run_id!r} was taken over by another runner", run_id=run_id)
            run = run_from(row)
            moved = change.applied_to(run)
            if change.is_taken(run, moved):
                return run
            await transaction.do(
                "set_run",
                run_id=run_id,
                status=moved.status.value,
                version=moved.version,
                drops_wish=change.drops_wish,
                takes_wish=change.takes_wish,
                yields=YIELDS,
                details=run_details(moved),
                finished_at=moved.finished_at,
                error=json.dumps(moved.error) if moved.error else None,
            )
            await _follow(transaction, moved, change)
            await transaction.do("add_events", events=events_json(change.events).decode())
            return moved

        return await self._reader.transaction(move)

    async def withdraw_plan(self, plan_id: str, now: datetime, events: Sequence[Event]) -> bool:
        """See `RunStore.withdraw_plan`."""

        async def withdraw(transaction: Transaction) -> bool:
            plan = await transaction.row("lock_latest_plan", plan_id=plan_id)
            if plan is None:
                raise no_plan(plan_id, None)
            if plan["status"] not in BEFORE_RUN:
                return False
            await _move_plan(transaction, plan_id, plan, PlanStatus.CANCELLED, now)
            await move_goal(transaction, plan["goal_id"], GoalStatus.CANCELLED)
            await transaction.do("add_events", events=events_json(events).decode())
            return True

        return await self._reader.transaction(withdraw)

    async def take_lease(self, run_id: str, owner: str, seconds: float) -> Lease:
        """See `RunStore.take_lease`."""
        row = await self._reader.row("take_lease", run_id=run_id, owner=owner, seconds=seconds)
        if row is not None:
            return Lease(run_id, row["plan_id"], row["goal_id"], row["epoch"], owner, seconds)
        held = await self._reader.row("lease_of", run_id=run_id)
        if held is None:
            raise no_execution_run(run_id)
        left = max(0.0, held["seconds_left"] or 0.0)
        raise run_held(
            f"Run {run_id!r} is held by runner {held['owner']!r}, for {left:.1f} s more unless it renews",
            run_id=run_id,
            owner=held["owner"],
            seconds_left=left,
        )

    async def renew_lease(self, lease: Lease) -> Asked | None:
        """See `RunStore.renew_lease`."""
        row = await self._reader.row("renew_lease", run_id=lease.run_id, epoch=lease.epoch, seconds=lease.seconds)
        if row is None:
            raise run_held(f"Run {lease.run_id!r} was taken over by another runner", run_id=lease.run_id)
        return _asked(row)

    async def release_lease(self, lease: Lease) -> None:
        """See `RunStore.release_lease`."""
        await self._reader.execute("release_lease", run_id=lease.run_id, epoch=lease.epoch)

    async def ask(self, run_id: str, asked: Asked | None) -> bool:
        """See `RunStore.ask`."""

        async def leave(transaction: Transaction) -> bool:
            row = await transaction.row("lock_request", run_id=run_id)
            if row is None:
                raise no_execution_run(run_id)
            if not row["is_open"]:
                return False
            left = request_after(run_id, _asked(row), asked)
            said = json.dumps(dict(left.said)) if left else None
            await transaction.do("set_request", run_id=run_id, request=left.request if left else None, asked=said)
            return True

        return await self._reader.transaction(leave)

    async def asked(self, run_id: str) -> Asked | None:
        """See `RunStore.asked`."""
        row = await self._reader.row("asked", run_id=run_id)
        return _asked(row) if row else None

    async def append(self, lease: Lease, entries: Sequence[LedgerEntry], events: Sequence[Event] = ()) -> None:
        """See `RunStore.append`."""
        await self._writer.commit(ledger_writes(lease, entries, events))

    async def read_ledger(self, run_id: str) -> list[LedgerEntry]:
        """See `RunStore.read_ledger`."""
        return [entry_from(row) for row in await self._reader.rows("read_ledger", run_id=run_id)]

    @asynccontextmanager
    async def joined(self, lease: Lease) -> AsyncIterator[Joined]:
        """See `RunStore.joined`."""
        async with self._reader.open_transaction() as connection:
            yield _JoinedTransaction(connection, lease)


class _JoinedTransaction:
    def __init__(self, connection: Any, lease: Lease) -> None:
        self.connection = connection
        self._lease = lease

    @property
    def is_lost(self) -> bool:
        return bool(self.connection.closed)

    async def write(self, entry: LedgerEntry, events: Sequence[Event]) -> None:
        for write in ledger_writes(self._lease, [entry], events):
            await self.connection.execute(write.statement.sql, write.statement.pack(write.rows))


def ledger_writes(lease: Lease, entries: Sequence[LedgerEntry], events: Sequence[Event]) -> list[Write]:
    """The unit of the group commit: each entry with the events about its task, all others beside the first."""
    by_task: dict[str, list[Event]] = {}
    rest: list[Event] = []
    named = {entry.task_id for entry in entries}
    for event in events:
        task_id = event.data.get("task_id")
        (by_task.setdefault(task_id, []) if task_id in named else rest).append(event)
    if entries:
        rows = []
        for number, entry in enumerate(entries):
            own = by_task.pop(entry.task_id, [])
            rows.append(ledger_row(lease, entry, [*rest, *own] if number == 0 else own))
        return [Write(APPEND_LEDGER, rows)]  # one statement, which has the fence in it: one round trip
    if rest:
        return [Write(FENCE, [(lease.run_id, lease.epoch)]), Write(ADD_EVENTS, [(events_json(rest),)])]
    return []


async def _follow(transaction: Transaction, run: ExecutionRun, change: RunChange) -> None:
    """Move the plan and the goal of the run, and keep what it made of the tasks."""
    if run.forked_from is not None:
        return
    if change.plan is not None:
        plan = await transaction.row("lock_plan_version", plan_id=run.plan_id, version=run.version)
        if plan is None:
            raise no_plan(run.plan_id, run.version)
        await _move_plan(transaction, run.plan_id, plan, change.plan, change.now)
    if change.goal is not None:
        await move_goal(transaction, run.goal_id, change.goal)
    if change.tasks:
        progress = progress_json(change.tasks).decode()
        await transaction.do("keep_progress", plan_id=run.plan_id, version=run.version, progress=progress)


async def _move_plan(transaction: Transaction, plan_id: str, row: dict[str, Any], status: PlanStatus, now: Any) -> None:
    times = {name: row[name] for name in ("validated_at", "execution_started_at", "completed_at", "updated_at")}
    plan = ExecutionPlan(plan_id=plan_id, status=row["status"], **times)
    if plan.status is status:
        return
    moved = plan.to(status, now=now)
    await transaction.do(
        "move_plan",
        plan_id=plan_id,
        version=row["version"],
        status=moved.status.value,
        updated_at=moved.updated_at,
        execution_started_at=moved.execution_started_at,
        completed_at=moved.completed_at,
    )


def _asked(row: dict[str, Any]) -> Asked | None:
    return Asked(row["request"], row["asked"] or {}) if row["request"] else None
