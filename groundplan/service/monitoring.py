"""The part of `PlanningService` that watches: how plans go, and what is wrong with them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.execution import FINAL_RUNS, ExecutionRun
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.progress import PlanProgress, TaskProgress
from groundplan.domain.tools import ToolSpec
from groundplan.execution.agent_registry import AgentRegistry
from groundplan.execution.lease import Leases
from groundplan.execution.monitoring import Look, Monitor
from groundplan.execution.risk_register import RiskRegister
from groundplan.service.execution import Execution
from groundplan.service.resources import Resources
from groundplan.service.settings import Settings


class WatchesPlans(ABC):
    """Progress, earned value, trouble, and the triggers for replanning."""

    @property
    @abstractmethod
    def _execution(self) -> Execution: ...

    async def get_progress(self, plan_id: str) -> PlanProgress:
        """How a plan goes, by the ledger of its latest run and by what was told: tasks, phases, earned value, forecast,
        and what is late, stuck or overspends. Changes nothing.

        Raises:
            PlanningError: E5002, E5801.
        """
        plan, run = await self._watched(plan_id)
        return await self._watcher.progress(plan, run)

    async def get_task_progress(self, plan_id: str, task_id: str) -> TaskProgress:
        """How one task goes. Raises as `get_progress`, and E5208 if the plan has no such task."""
        progress = await self.get_progress(plan_id)
        try:
            return progress.task(task_id)
        except KeyError:
            raise _no_task(plan_id, task_id) from None

    async def monitor_plan(self, plan_id: str) -> Look:
        """Look at a plan now, as its runner does every `monitoring_interval_minutes`: open, escalate and close issues,
        tell which triggers have fired, and ask the run to plan its rest anew if that is wanted.

        Looking twice tells nothing twice. Raises as `get_progress`, and E5003 for a plan that was never run.
        """
        plan, run = await self._watched(plan_id)
        return await self._watcher.look(plan, run or await self._execution.run_of(plan_id))

    @property
    def _watcher(self) -> Monitor:
        assert self._execution.context.monitor is not None  # noqa: S101  # every service opens with one
        return self._execution.context.monitor

    async def _watched(self, plan_id: str) -> tuple[ExecutionPlan, ExecutionRun | None]:
        """The plan as its latest run has it, with its present status, and that run."""
        context = self._execution.context
        latest = await context.plans.latest(plan_id)
        runs = await context.runs.list_runs(plan_id=plan_id, live=True, limit=1)
        run = runs[0] if runs else None
        if run is None or run.status in FINAL_RUNS or run.version == latest.version:
            return latest, run
        plan = await context.plans.read(plan_id, run.version)  # also when it was begun
        return plan.model_copy(update={"status": latest.status, "completed_at": latest.completed_at}), run


def monitor_of(
    settings: Settings,
    resources: Resources,
    leases: Leases,
    *,
    clock: Callable[[], datetime],
    agents: AgentRegistry,
    tools: Sequence[ToolSpec],
    can_help: bool,
) -> Monitor:
    """The monitor of a service: `can_help` says whether somebody could make anew what has not failed."""

    def available() -> set[str]:
        there = {agent.capability.agent_id for agent in agents if agent.capability.available}
        return there | {tool.name for tool in tools}

    rules = settings.monitoring(
        risk_probability=settings.risk_threshold_probability, risk_impact=settings.risk_threshold_impact
    )
    return Monitor(
        resources.runs,
        resources.feedback,
        leases,
        rules,
        clock=clock,
        register=RiskRegister(resources.store, settings.planner()),
        available=available,
        can_help=can_help,
    )


def _no_task(plan_id: str, task_id: str) -> PlanningError:
    return PlanningError(
        ErrorCode.NOT_IN_PLAN,
        f"Plan {plan_id!r} has no task {task_id!r}",
        details={"plan_id": plan_id, "kind": "task", "id": task_id},
        recovery_suggestion=f"Look at the plan's tasks with `groundplan show {plan_id}`.",
    )
