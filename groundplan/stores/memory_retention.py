"""Letting old history go, in memory."""

from __future__ import annotations

from datetime import datetime

from langgraph.checkpoint.memory import InMemorySaver

from groundplan.domain.lifecycle import GoalStatus, PlanStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.stores.memory import MemoryModelAnswers, MemoryPlanStore
from groundplan.stores.memory_runs import MemoryRunStore
from groundplan.stores.retention import Due, without_ancestors

_UNPLANNED = frozenset({GoalStatus.PENDING, GoalStatus.DECOMPOSING, GoalStatus.EXECUTING})
_OVER = frozenset({PlanStatus.COMPLETED, PlanStatus.FAILED, PlanStatus.CANCELLED, PlanStatus.ROLLED_BACK})
_ALL = 2**31


class MemoryRetention:
    """`Retention` over the stores in memory."""

    def __init__(
        self, plans: MemoryPlanStore, runs: MemoryRunStore, answers: MemoryModelAnswers, saver: InMemorySaver
    ) -> None:
        self._plans = plans
        self._runs = runs
        self._answers = answers
        self._saver = saver

    async def due(self, before: datetime, *, plans: bool = False) -> Due:
        executions = await self._due_executions(before)
        over = await self._due_plans(before, set(executions)) if plans else []
        return Due(executions=executions, plannings=await self._due_plannings(before), plans=over)

    async def forget(self, due: Due, before: datetime) -> Due:
        gone = due & await self.due(before, plans=bool(due.plans))
        self._runs.forget(gone.executions)
        dropped = [*gone.executions, *gone.plannings]
        self._plans.forget(dropped, gone.plans)
        self._answers.drop(dropped)
        for run_id in dropped:
            self._saver.delete_thread(run_id)
        return gone

    async def _due_executions(self, before: datetime) -> list[str]:
        runs = await self._runs.list_runs(limit=_ALL)
        old = [run.run_id for run in runs if run.finished_at is not None and run.finished_at < before]
        kept = {run.run_id for run in runs} - set(old)
        return without_ancestors(old, {run.run_id: run.forked_from for run in runs if run.forked_from}, kept)

    async def _due_plannings(self, before: datetime) -> list[str]:
        runs = await self._plans.list_runs(limit=_ALL)
        waiting = {approval.run_id for approval in await self._plans.list_waiting(_ALL)}
        goals = {run.run_id: await self._plans.get_goal(run.goal_id) for run in runs}
        old = [
            run.run_id
            for run in runs
            if run.created_at < before and goals[run.run_id].status not in _UNPLANNED and run.run_id not in waiting
        ]
        sources = {run_id: goal.metadata["fork"]["run_id"] for run_id, goal in goals.items() if "fork" in goal.metadata}
        return without_ancestors(old, sources, goals.keys() - set(old))

    async def _due_plans(self, before: datetime, gone: set[str]) -> list[str]:
        busy = {run.plan_id for run in await self._runs.list_runs(limit=_ALL) if run.run_id not in gone}
        latest = [await self._plans.get_plan(row.plan_id) for row in await self._plans.list_plans(limit=_ALL)]
        return [plan.plan_id for plan in latest if _is_over(plan, before) and plan.plan_id not in busy]


def _is_over(plan: ExecutionPlan, before: datetime) -> bool:
    return plan.status in _OVER and (plan.updated_at or plan.completed_at or plan.created_at) < before
