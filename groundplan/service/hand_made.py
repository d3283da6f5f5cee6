"""Plans that somebody made by hand: stored like any other, so that they can be run."""

from __future__ import annotations

from groundplan.domain.dependency_graph import resolve
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.goal import Goal, GoalConstraints
from groundplan.domain.outline import Origin, Outline, outline_of
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.resources import GIVEN
from groundplan.domain.runs import PlanningRun
from groundplan.domain.task import Task
from groundplan.graph.executions import revise
from groundplan.graph.runs import Planner
from groundplan.state import Context, Revision
from groundplan.stores.verified import verified_plan


class HandMadePlans:
    """Takes plan objects through the planning graph from `resolve` on: estimated, scheduled, assessed, validated,
    approved if need be, signed and stored."""

    def __init__(self, context: Context, planner: Planner) -> None:
        self._context = context
        self._planner = planner

    async def store(self, plan: ExecutionPlan, agent_did: str | None) -> ExecutionPlan:
        """See `PlanningService.store_plan`."""
        stored = await self._stored(plan.plan_id)
        if stored is not None:
            return stored
        goal = await self._goal(plan, agent_did or plan.agent_did)
        run = PlanningRun(
            run_id=f"plan-{plan.plan_id}", goal_id=goal.goal_id, mode=self._context.mode, created_at=goal.created_at
        )
        await self._context.store.receive(goal, run, [])
        revision = Revision(plan_id=plan.plan_id, reason="given as it is", touched=[t.task_id for t in plan.tasks])
        return await revise(self._planner, goal, _outline(plan), revision, run.run_id, self._context)

    async def _stored(self, plan_id: str) -> ExecutionPlan | None:
        try:
            stored, _ = await verified_plan(self._context.store, self._context.keyring, plan_id)
            return stored
        except PlanningError as error:
            if error.code is ErrorCode.PLAN_NOT_FOUND:
                return None
            raise

    async def _goal(self, plan: ExecutionPlan, agent_did: str) -> Goal:
        if plan.goal_id:
            try:
                return await self._context.store.get_goal(plan.goal_id)
            except PlanningError as error:
                if error.code is not ErrorCode.GOAL_NOT_FOUND:
                    raise
        return Goal(
            goal_id=plan.goal_id or f"goal-{plan.plan_id}",  # the same after a crash
            agent_did=agent_did,
            goal_text=plan.goal_text or f"Run the plan {plan.plan_id}",
            constraints=GoalConstraints(
                max_tokens=plan.resource_budget.max_tokens, max_cost=plan.resource_budget.max_cost
            ),
            created_at=plan.created_at,
        )


def _outline(plan: ExecutionPlan) -> Outline:
    tasks, _ = resolve(plan.tasks)
    return outline_of(
        [_with_own_estimate(task) for task in tasks],
        Origin(strategy="given", reason="given as it is"),
        reasoning=plan.reasoning,
    )


def _with_own_estimate(task: Task) -> Task:
    """An estimate that stands in a plan made by hand was given by its author."""
    estimate = task.resource_estimate
    if estimate is None or estimate.basis:
        return task
    return task.model_copy(update={"resource_estimate": estimate.model_copy(update={"basis": GIVEN})})
