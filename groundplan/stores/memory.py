"""The stores in memory: for tests, notebooks and trying things out. Nothing outlives the process."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from groundplan.domain.approval import Approval, Decision
from groundplan.domain.diff import PlanDiff
from groundplan.domain.events import Event
from groundplan.domain.goal import Goal
from groundplan.domain.lifecycle import GOAL_TRANSITIONS, GoalStatus, PlanStatus
from groundplan.domain.outline import Outline
from groundplan.domain.plan import ExecutionPlan, Signature
from groundplan.domain.risk import Impact, Merge, Risk, replaced, with_changed
from groundplan.domain.risk_alerts import STANDING, RiskAlert, is_alert
from groundplan.domain.runs import ModelAnswer, PlanningRun, in_order
from groundplan.stores.conflicts import (
    already_decided,
    content_conflict,
    moved_on,
    no_goal,
    no_plan,
    no_run,
    stale_version,
)
from groundplan.stores.protocols import PlanSummary, PlanVersion


class MemoryPlanStore:
    """A `PlanStore` of dictionaries, with the same conflicts and the same order as the one in Postgres."""

    def __init__(self) -> None:
        self._goals: dict[str, Goal] = {}
        self._runs: dict[str, PlanningRun] = {}
        self._plans: dict[str, list[ExecutionPlan]] = {}
        self._versions: dict[str, list[PlanVersion]] = {}
        self._approvals: dict[tuple[str, int], Approval] = {}
        self._events: list[Event] = []
        self._last_event = 0

    async def receive(self, goal: Goal, run: PlanningRun, events: Sequence[Event]) -> None:
        known = self._goals.get(goal.goal_id)
        if known and (known.goal_text, known.agent_did) != (goal.goal_text, goal.agent_did):
            raise content_conflict("goal", goal.goal_id)
        before = self._runs.get(run.run_id)
        if before and before.goal_id != run.goal_id:
            raise content_conflict("run", run.run_id)
        if known is None:
            self._goals[goal.goal_id] = goal
            self._append(events)
        self._runs.setdefault(run.run_id, run)

    async def set_goal_status(
        self,
        goal_id: str,
        status: GoalStatus,
        events: Sequence[Event] = (),
        *,
        error: dict[str, Any] | None = None,
    ) -> None:
        goal = await self.get_goal(goal_id)
        if goal.status is status or not GOAL_TRANSITIONS[goal.status]:
            return
        metadata = goal.metadata | ({"error": error} if error else {})
        self._goals[goal_id] = goal.model_copy(update={"status": status, "metadata": metadata})
        self._append(events)

    async def get_goal(self, goal_id: str) -> Goal:
        if goal_id not in self._goals:
            raise no_goal(goal_id)
        return self._goals[goal_id]

    async def list_goals(self, *, status: GoalStatus | None = None, limit: int = 100) -> list[Goal]:
        goals = [goal for goal in self._goals.values() if status in (None, goal.status)]
        return sorted(goals, key=lambda goal: goal.created_at, reverse=True)[:limit]

    async def get_run(self, run_id: str) -> PlanningRun:
        if run_id not in self._runs:
            raise no_run(run_id)
        return self._runs[run_id]

    async def list_runs(self, *, goal_id: str | None = None, limit: int = 100) -> list[PlanningRun]:
        runs = [run for run in self._runs.values() if goal_id in (None, run.goal_id)]
        return sorted(runs, key=lambda run: run.created_at, reverse=True)[:limit]

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
        versions = self._plans.get(plan.plan_id, [])
        if plan.version <= len(versions):
            if versions[plan.version - 1].signature != plan.signature:
                raise content_conflict("plan", plan.plan_id)
            return
        if plan.version != len(versions) + 1:
            raise stale_version(plan.plan_id, plan.version, len(versions))
        if expects is not None and versions and versions[-1].status is not expects:
            raise moved_on(plan.plan_id, len(versions), expects, versions[-1].status)
        if decided is not None:
            self._check_waits(decided.plan_id, decided.version)
            self._approvals[decided.plan_id, decided.version] = decided
        self._plans.setdefault(plan.plan_id, []).append(plan)
        made = plan.updated_at or plan.created_at
        self._versions.setdefault(plan.plan_id, []).append(
            PlanVersion(version=plan.version, reason=reason, diff=diff or PlanDiff(), created_at=made)
        )
        if approval is not None:
            self._approvals[plan.plan_id, plan.version] = approval
        self._make_ready(plan)
        self._append(events)

    def _make_ready(self, plan: ExecutionPlan) -> None:
        goal = self._goals.get(plan.goal_id)
        if goal is None:
            return
        planned_after_all = goal.status is GoalStatus.FAILED and plan.version == 1
        if goal.status in (GoalStatus.PENDING, GoalStatus.DECOMPOSING) or planned_after_all:
            metadata = {name: value for name, value in goal.metadata.items() if name != "error"}
            self._goals[goal.goal_id] = goal.model_copy(update={"status": GoalStatus.READY, "metadata": metadata})

    def _check_waits(self, plan_id: str, version: int) -> None:
        approval, plan = self._approvals.get((plan_id, version)), self._plans[plan_id][-1]
        waits = plan.version == version and plan.status is PlanStatus.AWAITING_APPROVAL
        if approval is None or approval.decision or not waits:
            raise already_decided(plan_id, version, approval)

    def replace_plan(self, plan: ExecutionPlan) -> None:
        """Put this in the place of the same version: what a run changes of a plan."""
        self._plans[plan.plan_id][plan.version - 1] = plan

    def forget(self, run_ids: Sequence[str], plan_ids: Sequence[str]) -> None:
        """Drop planning runs, events of runs, and plans with the goals of which nothing else is left."""
        runs, plans = set(run_ids), set(plan_ids)
        goals = {self._plans[plan_id][-1].goal_id for plan_id in plans}
        self._runs = {run_id: run for run_id, run in self._runs.items() if run_id not in runs}
        self._plans = {plan_id: versions for plan_id, versions in self._plans.items() if plan_id not in plans}
        self._versions = {plan_id: versions for plan_id, versions in self._versions.items() if plan_id not in plans}
        self._approvals = {place: kept for place, kept in self._approvals.items() if place[0] not in plans}
        self._events = [event for event in self._events if event.run_id not in runs and event.plan_id not in plans]
        used = {run.goal_id for run in self._runs.values()} | {kept[-1].goal_id for kept in self._plans.values()}
        for goal_id in goals - used:
            self._goals.pop(goal_id, None)

    def add_events(self, events: Sequence[Event]) -> None:
        """Write events in their order."""
        self._append(events)

    async def get_plan(self, plan_id: str, version: int | None = None) -> ExecutionPlan:
        versions = self._plans.get(plan_id, [])
        if not versions or not 1 <= (version or 1) <= len(versions):
            raise no_plan(plan_id, version)
        return versions[(version or len(versions)) - 1]

    async def list_plans(
        self, *, goal_id: str | None = None, status: PlanStatus | None = None, limit: int = 100
    ) -> list[PlanSummary]:
        latest = [versions[-1] for versions in self._plans.values()]
        wanted = [plan for plan in latest if goal_id in (None, plan.goal_id) and status in (None, plan.status)]
        return [_summary(plan) for plan in sorted(wanted, key=lambda p: p.created_at, reverse=True)[:limit]]

    async def list_alerts(self, *, probability: float, impact: Impact, limit: int = 100) -> list[RiskAlert]:
        latest = sorted((versions[-1] for versions in self._plans.values()), key=lambda p: p.created_at, reverse=True)
        found = [
            RiskAlert(plan.plan_id, plan.version, plan.status, risk)
            for plan in latest
            if plan.status in STANDING
            for risk in plan.risks
            if is_alert(risk, probability, impact)
        ]
        return sorted(found, key=lambda alert: -alert.risk.score)[:limit]

    async def list_versions(self, plan_id: str) -> list[PlanVersion]:
        if plan_id not in self._versions:
            raise no_plan(plan_id, None)
        return list(self._versions[plan_id])

    async def get_approval(self, plan_id: str, version: int | None = None) -> Approval | None:
        latest = len(self._plans.get(plan_id, []))
        return self._approvals.get((plan_id, version or latest))

    async def list_waiting(self, limit: int = 100) -> list[Approval]:
        waiting = [
            approval
            for approval in self._approvals.values()
            if approval.decision is None
            and (plan := self._plans[approval.plan_id][-1]).version == approval.version
            and plan.status is PlanStatus.AWAITING_APPROVAL
        ]
        return sorted(waiting, key=lambda approval: approval.requested_at)[:limit]

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
        approval = self._approvals.get((plan_id, version))
        if approval and approval.decision == decision:
            return
        if approval is None or approval.decision or version != len(self._plans[plan_id]):
            raise already_decided(plan_id, version, approval)
        plan = self._plans[plan_id][-1]
        if plan.status is not status:
            plan = plan.to(status, now=now)
        self._plans[plan_id][-1] = plan
        decided = approval.model_copy(update={"decision": decision, "decided_at": now, "signature": signature})
        self._approvals[plan_id, version] = decided
        if status is PlanStatus.CANCELLED and plan.goal_id in self._goals:
            await self.set_goal_status(plan.goal_id, GoalStatus.CANCELLED)
        self._append(events)

    async def change_risks(
        self,
        plan_id: str,
        version: int,
        risks: Sequence[Risk],
        events: Sequence[Event] = (),
        *,
        merge: Merge = replaced,
    ) -> None:
        plan = await self.get_plan(plan_id, version)
        after = with_changed(plan.risks, risks, merge)
        if after != plan.risks:
            self.replace_plan(plan.model_copy(update={"risks": after}))
            self._append(events)

    async def read_events(self, *, after: int = 0, plan_id: str | None = None, limit: int = 1000) -> list[Event]:
        later = [event for event in self._events if (event.event_id or 0) > after]
        return [event for event in later if plan_id in (None, event.plan_id)][:limit]

    async def counts(self) -> dict[str, dict[str, int]]:
        return {
            "goals": dict(Counter(goal.status.value for goal in self._goals.values())),
            "plans": dict(Counter(versions[-1].status.value for versions in self._plans.values())),
        }

    def _append(self, events: Sequence[Event]) -> None:
        start = self._last_event + 1
        self._last_event += len(events)
        self._events += [event.model_copy(update={"event_id": start + offset}) for offset, event in enumerate(events)]


def _summary(plan: ExecutionPlan) -> PlanSummary:
    return PlanSummary(
        plan_id=plan.plan_id,
        version=plan.version,
        goal_id=plan.goal_id,
        agent_did=plan.agent_did,
        goal_text=plan.goal_text,
        status=plan.status,
        task_count=len(plan.tasks),
        created_at=plan.created_at,
        updated_at=plan.updated_at or plan.created_at,
    )


class MemoryModelAnswers:
    """`ModelAnswers` in a dictionary."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], ModelAnswer] = {}

    async def get(self, run_id: str, key: str) -> ModelAnswer | None:
        return self._answers.get((run_id, key))

    async def put(self, run_id: str, key: str, answer: ModelAnswer) -> None:
        self._answers.setdefault((run_id, key), answer)

    async def of_run(self, run_id: str) -> list[ModelAnswer]:
        keys = sorted(key for run, key in self._answers if run == run_id)
        return in_order([self._answers[run_id, key] for key in keys])

    def drop(self, run_ids: Sequence[str]) -> None:
        """Forget the answers to these runs."""
        gone = set(run_ids)
        self._answers = {place: answer for place, answer in self._answers.items() if place[0] not in gone}


class MemoryPlanCache:
    """A `PlanCache` of the last `max_entries` outlines, without a time to live."""

    def __init__(self, max_entries: int = 1000) -> None:
        self._entries: OrderedDict[str, Outline] = OrderedDict()
        self._held: dict[str, asyncio.Event] = {}
        self._max_entries = max_entries
        self._hits = self._misses = 0

    async def get(self, key: str, *, shared: bool = True) -> Outline | None:  # noqa: ARG002  # one process
        while key not in self._entries and key in self._held:
            await self._held[key].wait()
        if key in self._entries:
            self._hits += 1
            self._entries.move_to_end(key)
            return self._entries[key]
        self._misses += 1
        self._held[key] = asyncio.Event()
        return None

    async def put(self, key: str, outline: Outline, *, shared: bool = True) -> None:  # noqa: ARG002  # one process
        self._entries[key] = outline
        while len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)
        await self.forget(key)

    async def forget(self, key: str) -> None:
        held = self._held.pop(key, None)
        if held is not None:
            held.set()

    def stats(self) -> dict[str, float]:
        looked = self._hits + self._misses
        return {
            "hits": self._hits,
            "misses": self._misses,
            "hit_rate": self._hits / looked if looked else 0.0,
            "l1_hits": self._hits,
            "l2_hits": 0,
            "l2_errors": 0,
        }
