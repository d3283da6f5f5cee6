"""The part of `PlanningService` that looks for shorter schedules of plans that are there."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime

from groundplan.domain.capacities import capacities_for
from groundplan.domain.estimation import estimate
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.schedule import Schedule
from groundplan.domain.schedule_search import effort_of
from groundplan.domain.scheduling import make_schedule
from groundplan.domain.standing import over_before
from groundplan.service.execution import Execution


class SchedulesPlans(ABC):
    """Scheduling a plan again, with more effort or in other surroundings than when it was made."""

    _clock: Callable[[], datetime]

    @property
    @abstractmethod
    def _execution(self) -> Execution: ...

    @abstractmethod
    async def get_plan(self, plan_id: str, version: int | None = None) -> ExecutionPlan: ...

    async def schedule_plan(
        self, plan_id: str, version: int | None = None, *, seconds: float | None = None, optimize: bool = False
    ) -> Schedule:
        """The best schedule of the plan that is found within the agents, tools and limits of now. It is not stored.

        Every task counts with its estimate, done or not, but those that were over when this version was made: it is
        the schedule of the version, not of what is left of it.

        Args:
            seconds: how long to look; the setting `schedule_seconds` by default, and at least a second to optimize.
            optimize: with OR-Tools CP-SAT after the built-in search; or if the setting `schedule_optimize` says so.

        Raises:
            PlanningError: E5002, E5801; E5806 if OR-Tools is wanted and not installed.
        """
        plan = await self.get_plan(plan_id, version)
        context = self._execution.context.planning
        goal = await context.store.get_goal(plan.goal_id)
        limits = context.settings
        # In a thread: an event loop that others share must not wait for a search.
        return await asyncio.to_thread(
            make_schedule,
            plan.tasks,
            plan.dependency_graph,
            over_before(plan).left(estimate(plan.tasks)),
            buffer_share=limits.resource_buffer_percentage,
            now=plan.execution_started_at or self._clock(),
            deadline=goal.constraints.deadline,
            within=capacities_for(goal.constraints, limits, context.agents, context.tools_by_name),
            effort=effort_of(limits, seconds=seconds, optimize=optimize),
            breakdown=goal.breakdown,
        )
