"""Goals, runs, plans, approvals and events in Postgres: the `PlanStore` that keeps things."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from groundplan.domain.approval import Approval, Decision
from groundplan.domain.diff import PlanDiff
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.events import Event
from groundplan.domain.goal import Goal
from groundplan.domain.lifecycle import GoalStatus, PlanStatus
from groundplan.domain.plan import ExecutionPlan, Signature
from groundplan.domain.risk import Impact, Merge, Risk, replaced, with_changed
from groundplan.domain.risk_alerts import STANDING, UNSETTLED, RiskAlert
from groundplan.domain.runs import PlanningRun
from groundplan.stores.conflicts import (
    already_decided,
    content_conflict,
    moved_on,
    no_goal,
    no_plan,
    no_run,
    stale_version,
)
from groundplan.stores.postgres.goal_moves import move_goal
from groundplan.stores.postgres.group_commit import GroupCommit
from groundplan.stores.postgres.plan_rows import (
    approval_from,
    as_json,
    event_from,
    events_json,
    goal_from,
    goal_row,
    plan_from,
    plan_row,
    risks_from,
    risks_json,
)
from groundplan.stores.postgres.reader import Reader, Transaction
from groundplan.stores.postgres.statements import COMMIT_PLANS, RECEIVE_GOALS
from groundplan.stores.postgres.writes import Row, Statement, Write
from groundplan.stores.protocols import PlanSummary, PlanVersion

_ATTEMPTS = 5


class PostgresPlanStore:
    """A `PlanStore` in Postgres. What planning writes goes through the group commit, the rest over the pool."""

    def __init__(self, writer: GroupCommit, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def receive(self, goal: Goal, run: PlanningRun, events: Sequence[Event]) -> None:
        """See `PlanStore.receive`."""
        keys = (("goal", goal.goal_id), ("run", run.run_id))
        row = goal_row(goal, run, events)
        await self._record(RECEIVE_GOALS, row, keys, lambda found: _received(goal, run, found))

    async def commit_plan(
        self,
        plan: ExecutionPlan,
        events: Sequence[Event],
        *,
        reason: str,
        diff: PlanDiff | None = None,
        approval: Approval | None = None,
        decided: Approval | None = None,
        expects: PlanStatus | None = None,
    ) -> None:
        """See `PlanStore.commit_plan`."""
        keys = (("plan", plan.plan_id), ("goal", plan.goal_id))
        row = plan_row(plan, events, reason, diff, approval, decided, expects)
        try:
            await self._record(COMMIT_PLANS, row, keys, lambda found: _committed(plan, found))
        except PlanningError as error:
            if decided is not None and error.code is ErrorCode.STORE_CONFLICT:
                before = await self.get_approval(decided.plan_id, decided.version)
                raise already_decided(decided.plan_id, decided.version, before) from error
            if expects is not None and error.code is ErrorCode.STORE_CONFLICT:
                latest = await self.get_plan(plan.plan_id)
                if latest.version == plan.version - 1 and latest.status is not expects:
                    raise moved_on(plan.plan_id, latest.version, expects, latest.status) from error
            raise

    async def _record(
        self, statement: Statement, row: Row, keys: Sequence[tuple[str, str]], is_there: Callable[[Row], bool]
    ) -> None:
        """Write the row and look at what the statement found; again if another process was at it too."""
        for _ in range(_ATTEMPTS):
            ((found,),) = await self._writer.commit([Write(statement, [row])], keys)
            if is_there(found):
                return
        raise content_conflict(*keys[0])

    async def set_goal_status(
        self,
        goal_id: str,
        status: GoalStatus,
        events: Sequence[Event] = (),
        *,
        error: dict[str, Any] | None = None,
    ) -> None:
        """See `PlanStore.set_goal_status`."""

        async def move(transaction: Transaction) -> None:
            if not await move_goal(transaction, goal_id, status, events, error):
                raise no_goal(goal_id)

        await self._reader.transaction(move)

    async def decide(
        self,
        plan_id: str,
        version: int,
        decision: Decision,
        *,
        status: PlanStatus,
        now: datetime,
        events: Sequence[Event],
        signature: Signature | None = None,
    ) -> None:
        """See `PlanStore.decide`."""

        async def settle(transaction: Transaction) -> None:
            plan = await transaction.row("lock_plan", plan_id=plan_id, version=version)
            row = await transaction.row("get_approval", plan_id=plan_id, version=version)
            approval = approval_from(row) if row else None
            if approval and approval.decision == decision:
                return
            if plan is None or approval is None or approval.decision or not plan["latest"]:
                raise already_decided(plan_id, version, approval)
            await _move_plan(transaction, plan_id, version, plan, status, now)
            await transaction.do(
                "set_decision",
                plan_id=plan_id,
                version=version,
                decision=as_json(decision).decode(),
                decided_at=now,
                signature=as_json(signature).decode() if signature else None,
            )
            if status is PlanStatus.CANCELLED:
                await move_goal(transaction, plan["goal_id"], GoalStatus.CANCELLED, ())
            await transaction.do("add_events", events=events_json(events).decode())

        await self._reader.transaction(settle)

    async def change_risks(
        self,
        plan_id: str,
        version: int,
        risks: Sequence[Risk],
        events: Sequence[Event] = (),
        *,
        merge: Merge = replaced,
    ) -> None:
        """See `PlanStore.change_risks`."""

        async def change(transaction: Transaction) -> None:
            row = await transaction.row("lock_risks", plan_id=plan_id, version=version)
            if row is None:
                raise no_plan(plan_id, version)
            before = risks_from(row["risks"], plan_id, version)
            after = with_changed(before, risks, merge)
            if after == before:
                return
            written = risks_json(after).decode()
            await transaction.do("set_risks", plan_id=plan_id, version=version, risks=written)
            await transaction.do("add_events", events=events_json(events).decode())

        await self._reader.transaction(change)

    async def get_goal(self, goal_id: str) -> Goal:
        """See `PlanStore.get_goal`."""
        row = await self._reader.row("get_goal", goal_id=goal_id)
        if row is None:
            raise no_goal(goal_id)
        return goal_from(row)

    async def list_goals(self, *, status: GoalStatus | None = None, limit: int = 100) -> list[Goal]:
        """See `PlanStore.list_goals`."""
        return [goal_from(row) for row in await self._reader.rows("list_goals", status=status, limit=limit)]

    async def get_run(self, run_id: str) -> PlanningRun:
        """See `PlanStore.get_run`."""
        row = await self._reader.row("get_run", run_id=run_id)
        if row is None:
            raise no_run(run_id)
        return PlanningRun.model_validate(row)

    async def list_runs(self, *, goal_id: str | None = None, limit: int = 100) -> list[PlanningRun]:
        """See `PlanStore.list_runs`."""
        rows = await self._reader.rows("list_runs", goal_id=goal_id, limit=limit)
        return [PlanningRun.model_validate(row) for row in rows]

    async def get_plan(self, plan_id: str, version: int | None = None) -> ExecutionPlan:
        """See `PlanStore.get_plan`. E5801 if the stored data is no plan any more."""
        row = await self._reader.row("get_plan", plan_id=plan_id, version=version)
        if row is None:
            raise no_plan(plan_id, version)
        return plan_from(row)

    async def list_plans(
        self, *, goal_id: str | None = None, status: PlanStatus | None = None, limit: int = 100
    ) -> list[PlanSummary]:
        """See `PlanStore.list_plans`."""
        rows = await self._reader.rows("list_plans", goal_id=goal_id, status=status, limit=limit)
        return [PlanSummary.model_validate(row) for row in rows]

    async def list_alerts(self, *, probability: float, impact: Impact, limit: int = 100) -> list[RiskAlert]:
        """See `PlanStore.list_alerts`. E5801 if a stored risk is none any more."""
        rows = await self._reader.rows(
            "list_alerts",
            plan_statuses=[status.value for status in STANDING],
            statuses=[status.value for status in UNSETTLED],
            weights=json.dumps({one.value: one.weight for one in Impact}),
            probability=probability,
            weight=impact.weight,
            limit=limit,
        )
        return [
            RiskAlert(row["plan_id"], row["version"], PlanStatus(row["status"]), risk)
            for row in rows
            for risk in risks_from([row["risk"]], row["plan_id"], row["version"])
        ]

    async def list_versions(self, plan_id: str) -> list[PlanVersion]:
        """See `PlanStore.list_versions`."""
        rows = await self._reader.rows("list_versions", plan_id=plan_id)
        if not rows:
            raise no_plan(plan_id, None)
        return [PlanVersion.model_validate(row | {"diff": row["diff"] or {}}) for row in rows]

    async def get_approval(self, plan_id: str, version: int | None = None) -> Approval | None:
        """See `PlanStore.get_approval`."""
        row = await self._reader.row("get_approval", plan_id=plan_id, version=version)
        return approval_from(row) if row else None

    async def list_waiting(self, limit: int = 100) -> list[Approval]:
        """See `PlanStore.list_waiting`."""
        return [approval_from(row) for row in await self._reader.rows("list_waiting", limit=limit)]

    async def read_events(self, *, after: int = 0, plan_id: str | None = None, limit: int = 1000) -> list[Event]:
        """See `PlanStore.read_events`."""
        rows = await self._reader.rows("read_events", after=after, plan_id=plan_id, limit=limit)
        return [event_from(row) for row in rows]

    async def counts(self) -> dict[str, dict[str, int]]:
        """See `PlanStore.counts`."""
        counts: dict[str, dict[str, int]] = {"goals": {}, "plans": {}}
        for row in await self._reader.rows("count_statuses"):
            counts[row["what"]][row["status"]] = row["number"]
        return counts


def _received(goal: Goal, run: PlanningRun, found: Row) -> bool:
    """Whether goal and run are stored now; False to look again."""
    _, stored, text, did, run_goal = found
    if text is not None and (text, did) != (goal.goal_text, goal.agent_did):
        raise content_conflict("goal", goal.goal_id)
    if run_goal is not None and run_goal != run.goal_id:
        raise content_conflict("run", run.run_id)
    return bool(stored) or run_goal is not None


def _committed(plan: ExecutionPlan, found: Row) -> bool:
    """Whether this version is stored now; False to look again."""
    _, stored, known_version, key_id, signature, latest = found
    if stored:
        return True
    if known_version is None:
        if latest != plan.version - 1:
            raise stale_version(plan.plan_id, plan.version, latest)
        return False
    wanted = plan.signature
    if (key_id, signature) != ((wanted.key_id, wanted.value) if wanted else (None, None)):
        raise content_conflict("plan", plan.plan_id)
    return True


async def _move_plan(
    transaction: Transaction,
    plan_id: str,
    version: int,
    row: dict[str, Any],
    status: PlanStatus,
    now: datetime,
) -> None:
    plan = ExecutionPlan(plan_id=plan_id, status=row["status"], validated_at=row["validated_at"])
    if plan.status is status:
        return
    moved = plan.to(status, now=now)
    await transaction.do(
        "set_plan_status",
        plan_id=plan_id,
        version=version,
        status=moved.status.value,
        updated_at=moved.updated_at,
        validated_at=moved.validated_at,
        completed_at=moved.completed_at,
    )
