"""Runs that are over or go on, looked at and done again without their effects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from groundplan.domain.diff import PlanDiff, diff_plans
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.execution import ExecutionRun
from groundplan.domain.goal import Goal
from groundplan.domain.json_changes import Change, changes
from groundplan.domain.ledger import LedgerEntry
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.results import PlanResult
from groundplan.domain.runs import PlanningRun
from groundplan.graph import runs
from groundplan.graph.execution_forks import ForkWish, open_fork
from groundplan.graph.history import CheckpointView, history
from groundplan.graph.planning_forks import link_of, open_planning_fork, planning_fork_context
from groundplan.graph.records import records
from groundplan.graph.views import RunView, view_execution, view_planning
from groundplan.service.execution import Execution
from groundplan.service.resources import Resources
from groundplan.state import Context
from groundplan.stores.retention import Due


@dataclass(frozen=True, slots=True)
class Repeated:
    """A run that repeated another one: a plan of its own for a planning run, what came of the tasks for a run of a
    plan."""

    run_id: str
    forked_from: str
    plan: ExecutionPlan | None = None
    result: PlanResult | None = None


class PastRuns:
    """The recorded runs of an open service."""

    def __init__(self, context: Context, planner: runs.Planner, execution: Execution, resources: Resources) -> None:
        self._context = context
        self._planner = planner
        self._execution = execution
        self._resources = resources

    async def history(self, which: str) -> list[CheckpointView]:
        """See `PlanningService.history`."""
        views = await history(self._resources.checkpointer, which)
        if views:
            return views
        run = await self.find(which)
        return await history(self._resources.checkpointer, run.run_id) if run.run_id != which else []

    async def ledger(self, which: str) -> list[LedgerEntry]:
        """See `PlanningService.ledger`."""
        return await self._resources.runs.read_ledger((await self._execution.run_of(which)).run_id)

    async def view(self, which: str, at: str | None) -> RunView:
        """See `PlanningService.view`."""
        run, here = await self.find(which), self._resources
        if isinstance(run, ExecutionRun):
            return await view_execution(run, here.checkpointer, here.runs, here.answers, at)
        return await view_planning(run, here.checkpointer, here.answers, at)

    async def diff(self, which: str, before: str, after: str) -> list[Change]:
        """See `PlanningService.diff`."""
        old, new = await self.view(which, before), await self.view(which, after)
        return changes({**old.state, **old.tasks}, {**new.state, **new.tasks})

    async def diff_versions(self, plan_id: str, before: int, after: int) -> PlanDiff:
        """See `PlanningService.diff_versions`."""
        plans = self._execution.context.plans
        return diff_plans(await plans.version(plan_id, before), await plans.version(plan_id, after))

    async def repeat(self, which: str, wish: ForkWish) -> Repeated:
        """See `PlanningService.rerun` and `fork`."""
        source = await self.find(which)
        if isinstance(source, ExecutionRun):
            run = await open_fork(source, wish, self._execution.context, self._resources.checkpointer)
            return Repeated(run.run_id, source.run_id, result=await self._execution.repeat(run))
        forked = await open_planning_fork(source, wish, self._context, self._resources.checkpointer)
        goal = await self._context.store.get_goal(forked.goal_id)
        context = runs.in_mode(await self.surroundings(forked, goal, self._context), forked.mode)
        try:
            plan = await runs.resume(self._planner, goal, forked.run_id, context)
        except PlanningError as error:
            error.details.setdefault("run_id", forked.run_id)
            raise
        return Repeated(forked.run_id, source.run_id, plan=plan)

    async def surroundings(self, run: PlanningRun, goal: Goal, context: Context) -> Context:
        """The context for going on with a planning run: one that repeats another has recorded answers."""
        link = link_of(goal)
        if link is None:
            return context
        kept = await records(self._resources.checkpointer, str(link.get("run_id", "")))
        return await planning_fork_context(run, goal, context, kept)

    async def prune(self, older_than: timedelta, *, plans: bool, dry_run: bool) -> Due:
        """See `PlanningService.prune`."""
        before = self._context.clock() - older_than
        due = await self._resources.retention.due(before, plans=plans)
        return due if dry_run or not due else await self._resources.retention.forget(due, before)

    async def find(self, which: str) -> ExecutionRun | PlanningRun:
        """The run of this id, of either kind, or the latest run of the plan of this id. Raises PlanningError E5003."""
        try:
            return await self._execution.run_of(which)
        except PlanningError as error:
            if error.code is not ErrorCode.GOAL_NOT_FOUND:
                raise
        return await self._context.store.get_run(which)
