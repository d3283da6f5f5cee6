"""Putting the products of planning together into one plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from groundplan.domain.dependency_graph import DependencyGraph
from groundplan.domain.estimation import estimated
from groundplan.domain.goal import Goal
from groundplan.domain.outline import Outline
from groundplan.domain.plan import ExecutionPlan, PlanMetadata, plan_type_of
from groundplan.domain.pricing_list import NO_PRICES
from groundplan.domain.resources import NOTHING, ResourceBudget, ResourceEstimate
from groundplan.domain.risk import Risk
from groundplan.domain.schedule import Schedule
from groundplan.domain.task import Task


def assemble(
    *,
    plan_id: str,
    run_id: str,
    goal: Goal,
    outline: Outline,
    tasks: Sequence[Task],
    graph: DependencyGraph,
    estimates: Mapping[str, ResourceEstimate],
    schedule: Schedule | None,
    risks: Sequence[Risk],
    now: datetime,
    version: int = 1,
    revises: int | None = None,
    repairs: Sequence[str] = (),
    warnings: Sequence[str] = (),
) -> ExecutionPlan:
    """A draft of the plan, unsigned; every argument is the product of one planning step."""
    return ExecutionPlan(
        plan_id=plan_id,
        goal_id=goal.goal_id,
        agent_did=goal.agent_did,
        goal_text=goal.goal_text,
        plan_type=plan_type_of(graph),
        tasks=estimated(tasks, estimates),
        resource_budget=budget_of(goal, estimates, schedule),
        schedule=schedule,
        risks=list(risks),
        reasoning=outline.reasoning,
        version=version,
        revises=revises,
        created_at=now,
        updated_at=now,
        metadata=_metadata(goal, outline, run_id, repairs, warnings),
    )


def budget_of(goal: Goal, estimates: Mapping[str, ResourceEstimate], schedule: Schedule | None) -> ResourceBudget:
    """What the plan is expected to use (sums of the estimates' means), and the goal's limits.

    Raises:
        PlanningError: E5505 if there are costs in different currencies.
    """
    costs = [estimate for estimate in estimates.values() if estimate.cost != NOTHING]
    currency = next((one.currency for one in [*costs, *estimates.values()]), "USD")
    prices = NO_PRICES.model_copy(update={"currency": currency})
    return ResourceBudget(
        duration_seconds=schedule.makespan if schedule else 0.0,
        tokens=sum(estimate.tokens.mean for estimate in estimates.values()),
        cost=sum(prices.converted(one.cost.mean, one.currency) for one in costs),
        currency=prices.currency,
        max_tokens=goal.constraints.max_tokens,
        max_cost=goal.constraints.max_cost,
    )


def _metadata(
    goal: Goal, outline: Outline, run_id: str, repairs: Sequence[str], warnings: Sequence[str]
) -> PlanMetadata:
    origin = outline.origin
    return PlanMetadata(
        strategy=origin.strategy,
        breakdown=goal.breakdown.value,
        template=origin.template,
        template_version=origin.template_version,
        score=origin.score,
        model=origin.model,
        calls=origin.calls,
        tokens=origin.tokens,
        latency_ms=origin.latency_ms,
        cache_hit=origin.cache_hit,
        attempts=1 + len(repairs),
        reason=origin.reason,
        run_id=run_id,
        warnings=list(warnings),
    )
