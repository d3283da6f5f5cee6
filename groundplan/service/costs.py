"""The part of `PlanningService` that tells what there is, what it costs, and where it could cost less."""

from __future__ import annotations

from abc import ABC, abstractmethod

from groundplan.domain.cost_advice import CostAdvice, cost_advice
from groundplan.domain.plan import ExecutionPlan
from groundplan.execution.resources.allocation import Availability
from groundplan.service.execution import Execution


class CountsCosts(ABC):
    """Resources and money."""

    @property
    @abstractmethod
    def _execution(self) -> Execution: ...

    @abstractmethod
    async def get_plan(self, plan_id: str, version: int | None = None) -> ExecutionPlan: ...

    async def get_cost_advice(self, plan_id: str) -> list[CostAdvice]:
        """Where the plan's tasks could cost less, by the price file: another model, a declared alternative of a tool.

        What saves most comes first; models are those of the price file. Raises E5002, E5801.
        """
        plan = await self.get_plan(plan_id)
        context = self._execution.context.planning
        return cost_advice(plan.tasks, context.prices, context.model_name)

    async def get_resources(self) -> Availability:
        """What there is for tasks to take up, how much of it is free, and its prices; nothing if nobody grants any.

        Raises:
            PlanningError: E5501 while the resource service does not answer, E5502 if it makes no sense.
        """
        provider = self._execution.context.work.resources
        return await provider.availability(fresh=True) if provider is not None else Availability()
