"""A trial run by groundplan: from the start or from where a killed process has left it, until it is complete."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from crash_fuse import Fuse, Point
from crash_trial import WIDTH, Trial, kind_of
from crash_world import Decided, Kind
from dag_plans import plan_of
from pydantic import SecretStr

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.ledger import EntryKind
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.results import PlanResult
from groundplan.execution.executors.declare import declare
from groundplan.execution.executors.registry import ExecutorRegistry
from groundplan.execution.protocols import Reconciled, ReconcileVerdict, TaskCall
from groundplan.service import PlanningService, Settings
from groundplan.stores.postgres.session import PostgresSession
from groundplan.stores.postgres.statements import APPEND_LEDGER
from groundplan.stores.run_protocol import RunStore

LEASE_S = 0.75
_OUTCOMES = {EntryKind.COMPLETED, EntryKind.FAILED, EntryKind.RETRYING, EntryKind.IN_DOUBT}
_SEVERAL = 4
_MOST_ROUNDS = 10
_MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)
"""The same in every process: a plan made at another time is another plan."""


async def run_ours(trial: Trial, fuse: Fuse, began: Callable[[], None]) -> bool:
    """Go on with the trial's run; whether it is complete in the end. `began` is called before the run is touched."""
    settings = Settings.load(
        home=trial.folder, database_url=SecretStr(trial.url), lease_seconds=LEASE_S, cache_ttl_seconds=0, pool_size=2
    )
    _arm_commits(fuse)
    async with PlanningService(settings=settings, executors=_tools(trial, fuse)) as service:
        _arm_ledger(service.run_context.runs, fuse)
        began()
        result = await _go_on(service, trial)
        for _ in range(_MOST_ROUNDS):
            if result.status is PlanStatus.COMPLETED:
                return True
            await _decide_what_waits(service, trial)
            result = await _go_on(service, trial)
    return False


async def _go_on(service: PlanningService, trial: Trial) -> PlanResult:
    """Resume the run, or begin it. Waits while the lease of a killed process lasts."""
    while True:
        try:
            return await service.resume(trial.name)
        except PlanningError as error:
            if error.code is ErrorCode.GOAL_NOT_FOUND:
                return await _begin(service, trial)
            if error.code is not ErrorCode.RUN_CONFLICT:
                raise
        await asyncio.sleep(0.05)


async def _begin(service: PlanningService, trial: Trial) -> PlanResult:
    plan = plan_of(trial.dag, lambda task: f"crash.{kind_of(task)}")
    plan = plan.model_copy(update={"plan_id": trial.name, "goal_id": trial.name, "created_at": _MADE_AT})
    return await service.execute_plan_direct(plan, max_concurrent_tasks=WIDTH, run_id=trial.name)


async def _decide_what_waits(service: PlanningService, trial: Trial) -> None:
    """Be the person who is asked: look into the world, and say what became of each task in doubt."""
    happened = {effect.task for effect in trial.world.effects()}
    for doubt in (await service.attend(limit=1_000)).in_doubt:
        if doubt.run_id == trial.name:
            became: Any = "completed" if doubt.task_id in happened else "again"
            trial.world.decide(Decided(doubt.task_id, doubt.task_id in happened))
            await service.settle_doubt(trial.name, doubt.task_id, became, by="operator")


def _tools(trial: Trial, fuse: Fuse) -> ExecutorRegistry:
    """One tool of each kind. All do the same; what they say of themselves differs."""

    def tool(kind: Kind) -> Callable[..., Any]:
        async def effect(call: TaskCall, seconds: float) -> None:
            fuse.at(Point.MID_EFFECT)
            await asyncio.sleep(seconds / 2)
            trial.world.happen(call.task.task_id, kind, call.idempotency_key)
            fuse.at(Point.MID_EFFECT)
            await asyncio.sleep(seconds / 2)

        return effect

    async def look(call: TaskCall) -> Reconciled:
        there = any(effect.key == call.idempotency_key for effect in trial.world.effects())
        return Reconciled(verdict=ReconcileVerdict.DONE if there else ReconcileVerdict.NOT_DONE)

    return ExecutorRegistry(
        callables={
            f"crash.{Kind.IDEMPOTENT}": declare(tool(Kind.IDEMPOTENT), idempotent=True),
            f"crash.{Kind.RECONCILE}": declare(tool(Kind.RECONCILE), reconcile=look),
            f"crash.{Kind.PLAIN}": tool(Kind.PLAIN),
        }
    )


def _arm_ledger(runs: RunStore, fuse: Fuse) -> None:
    """Let the fuse know of every unit of the ledger."""
    append = runs.append

    async def armed(lease: Any, entries: Sequence[Any], events: Sequence[Any] = ()) -> None:
        kinds = {entry.kind for entry in entries}
        if kinds & _OUTCOMES:
            fuse.at(Point.EFFECT_TO_OUTCOME)
            fuse.soon_after(Point.OUTCOME_COMMIT)
        if EntryKind.CLAIMED in kinds:
            fuse.at(Point.BEFORE_CLAIM)
        await append(lease, entries, events)
        if EntryKind.CLAIMED in kinds:
            fuse.at(Point.AFTER_CLAIM)

    vars(runs)["append"] = armed


def _arm_commits(fuse: Fuse) -> None:
    """Let the fuse know of every transaction that has several lines of the ledger."""
    run = PostgresSession.run

    async def armed(self: PostgresSession, batch: Sequence[Any]) -> Any:
        if sum(len(write.rows) for write in batch if write.statement is APPEND_LEDGER) >= _SEVERAL:
            fuse.soon_after(Point.GROUP_COMMIT)
        return await run(self, batch)

    PostgresSession.run = armed  # type: ignore[method-assign]
