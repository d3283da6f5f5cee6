"""Runs, leases and the ledger in memory, beside a `MemoryPlanStore`."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from groundplan.domain.events import Event
from groundplan.domain.execution import ExecutionRun, RunStatus
from groundplan.domain.ledger import LedgerEntry, TaskState, fold
from groundplan.domain.lifecycle import GOAL_TRANSITIONS, GoalStatus, PlanStatus, TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.stores.conflicts import no_execution_run, not_runnable, run_held, run_open
from groundplan.stores.memory import MemoryPlanStore
from groundplan.stores.run_protocol import (
    BEFORE_RUN,
    Asked,
    Joined,
    Lease,
    RunChange,
    drained_from,
    request_after,
    request_left,
)

_OPEN = (RunStatus.RUNNING, RunStatus.WAITING, RunStatus.ROLLING_BACK)


@dataclass
class _Kept:
    run: ExecutionRun
    entries: dict[tuple[str, int, str], LedgerEntry] = field(default_factory=dict)
    epoch: int = 0
    owner: str | None = None
    leased_until: float = 0.0
    asked: Asked | None = None


class MemoryRunStore:
    """A `RunStore` of dictionaries, with the same conflicts and the same order as the one in Postgres."""

    def __init__(self, plans: MemoryPlanStore) -> None:
        self._plans = plans
        self._kept: dict[str, _Kept] = {}

    async def open_run(self, run: ExecutionRun, events: Sequence[Event]) -> None:
        if run.run_id in self._kept:
            return
        plan = await self._plans.get_plan(run.plan_id)
        if run.forked_from is None:
            self._check_runnable(run, plan)
            self._plans.replace_plan(plan.to(PlanStatus.EXECUTING, now=run.created_at))
            await self._move_goal(plan.goal_id, GoalStatus.EXECUTING)
        self._kept[run.run_id] = _Kept(run)
        self._plans.add_events(events)

    def _check_runnable(self, run: ExecutionRun, plan: ExecutionPlan) -> None:
        for other in self._kept.values():
            if other.run.plan_id == run.plan_id and other.run.status in _OPEN and other.run.forked_from is None:
                raise run_open(run.plan_id, other.run.run_id)
        if plan.status is not PlanStatus.VALIDATED or plan.version != run.version:
            raise not_runnable(run.plan_id, plan.status)

    def forget(self, run_ids: Sequence[str]) -> None:
        """Drop the runs with their ledgers."""
        for run_id in run_ids:
            self._kept.pop(run_id, None)

    async def get_run(self, run_id: str) -> ExecutionRun:
        return self._of(run_id).run

    async def list_runs(
        self, *, plan_id: str | None = None, status: RunStatus | None = None, live: bool = False, limit: int = 100
    ) -> list[ExecutionRun]:
        runs = [kept.run for kept in self._kept.values() if not (live and kept.run.forked_from)]
        wanted = [run for run in runs if plan_id in (None, run.plan_id) and status in (None, run.status)]
        return sorted(wanted, key=lambda run: run.created_at, reverse=True)[:limit]

    async def runs_in_doubt(self, limit: int = 100) -> list[ExecutionRun]:
        live = [kept for kept in self._kept.values() if kept.run.forked_from is None]
        found = [kept.run for kept in live if any(map(_is_in_doubt, fold(kept.entries.values()).values()))]
        return sorted(found, key=lambda run: run.created_at, reverse=True)[:limit]

    async def change_run(self, run_id: str, change: RunChange) -> ExecutionRun:
        kept = self._of(run_id)
        if change.epoch is not None and change.epoch != kept.epoch:
            raise run_held(f"Run {run_id!r} was taken over by another runner", run_id=run_id)
        moved = change.applied_to(kept.run)
        if change.is_taken(kept.run, moved):
            return moved
        if moved.forked_from is None:
            await self._follow(moved, change)
        kept.asked = request_left(kept.asked, kept.run, moved, change)
        kept.run = moved
        self._plans.add_events(change.events)
        return moved

    async def _follow(self, run: ExecutionRun, change: RunChange) -> None:
        plan = await self._plans.get_plan(run.plan_id, run.version)
        if change.plan is not None and plan.status is not change.plan:
            plan = plan.to(change.plan, now=change.now)
        tasks = [change.tasks.get(task.task_id, task) for task in plan.tasks]
        self._plans.replace_plan(plan.model_copy(update={"tasks": tasks}))
        if change.goal is not None:
            await self._move_goal(run.goal_id, change.goal)

    async def _move_goal(self, goal_id: str, status: GoalStatus) -> None:
        goal = await self._plans.get_goal(goal_id)
        if status in GOAL_TRANSITIONS[goal.status]:
            await self._plans.set_goal_status(goal_id, status)

    async def withdraw_plan(self, plan_id: str, now: datetime, events: Sequence[Event]) -> bool:
        plan = await self._plans.get_plan(plan_id)
        if plan.status not in BEFORE_RUN:
            return False
        self._plans.replace_plan(plan.to(PlanStatus.CANCELLED, now=now))
        await self._move_goal(plan.goal_id, GoalStatus.CANCELLED)
        self._plans.add_events(events)
        return True

    async def take_lease(self, run_id: str, owner: str, seconds: float) -> Lease:
        kept = self._of(run_id)
        left = kept.leased_until - time.monotonic()
        if kept.owner not in (None, owner) and left > 0:
            raise run_held(
                f"Run {run_id!r} is held by runner {kept.owner!r}, for {left:.1f} s more unless it renews",
                run_id=run_id,
                owner=kept.owner,
                seconds_left=left,
            )
        kept.epoch, kept.owner, kept.leased_until = kept.epoch + 1, owner, time.monotonic() + seconds
        kept.asked = drained_from(kept.asked)
        return Lease(run_id, kept.run.plan_id, kept.run.goal_id, kept.epoch, owner, seconds)

    async def renew_lease(self, lease: Lease) -> Asked | None:
        kept = self._held(lease)
        kept.leased_until = time.monotonic() + lease.seconds
        return kept.asked

    async def release_lease(self, lease: Lease) -> None:
        kept = self._of(lease.run_id)
        if kept.epoch == lease.epoch:
            kept.owner = None

    async def ask(self, run_id: str, asked: Asked | None) -> bool:
        kept = self._of(run_id)
        if kept.run.status not in _OPEN:
            return False
        kept.asked = request_after(run_id, kept.asked, asked)
        return True

    async def asked(self, run_id: str) -> Asked | None:
        return self._of(run_id).asked

    async def append(self, lease: Lease, entries: Sequence[LedgerEntry], events: Sequence[Event] = ()) -> None:
        kept = self._held(lease)
        known = {entry.task_id for entry in entries if _key(entry) in kept.entries}
        for entry in entries:
            kept.entries.setdefault(_key(entry), replace(entry, epoch=lease.epoch))
        self._plans.add_events([event for event in events if event.data.get("task_id") not in known])

    async def read_ledger(self, run_id: str) -> list[LedgerEntry]:
        return list(self._kept[run_id].entries.values()) if run_id in self._kept else []

    @asynccontextmanager
    async def joined(self, lease: Lease) -> AsyncIterator[Joined]:
        yield _Joined(self, lease)

    def _of(self, run_id: str) -> _Kept:
        if run_id not in self._kept:
            raise no_execution_run(run_id)
        return self._kept[run_id]

    def _held(self, lease: Lease) -> _Kept:
        kept = self._of(lease.run_id)
        if kept.epoch != lease.epoch:
            raise run_held(f"Run {lease.run_id!r} was taken over by another runner", run_id=lease.run_id)
        return kept


class _Joined:
    """No transaction: there is no database that an effect could share."""

    connection: Any = None
    is_lost = False

    def __init__(self, store: MemoryRunStore, lease: Lease) -> None:
        self._store = store
        self._lease = lease

    async def write(self, entry: LedgerEntry, events: Sequence[Event]) -> None:
        await self._store.append(self._lease, [entry], events)


def _is_in_doubt(state: TaskState) -> bool:
    return state.status is TaskStatus.IN_DOUBT


def _key(entry: LedgerEntry) -> tuple[str, int, str]:
    return entry.task_id, entry.attempt, entry.kind.value
