"""The half of `PlanningService` that runs plans."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from groundplan.domain.events import Event
from groundplan.domain.execution import ExecutionRun, FailurePolicy, RunStatus
from groundplan.domain.feedback import IssueStatus
from groundplan.domain.goal import Goal
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.results import PlanResult
from groundplan.run_state import RunContext
from groundplan.service.execution import Attention, Became, Execution
from groundplan.service.resources import Resources


class RunsPlans(ABC):
    """Running, resuming, cancelling, rolling back and watching plans."""

    @property
    @abstractmethod
    def _execution(self) -> Execution: ...

    @property
    @abstractmethod
    def _resources(self) -> Resources: ...

    @abstractmethod
    async def create_plan(self, goal: Goal | str) -> ExecutionPlan: ...

    @abstractmethod
    async def store_plan(self, plan: ExecutionPlan, agent_did: str | None = None) -> ExecutionPlan: ...

    @property
    def run_context(self) -> RunContext:
        """What to hand to an execution graph that you invoke yourself: `executor.ainvoke(…, context=…)`."""
        return self._execution.context

    async def execute_plan(
        self,
        plan_id: str,
        *,
        policy: FailurePolicy | str | None = None,
        max_concurrent_tasks: int | None = None,
        run_id: str | None = None,
    ) -> PlanResult:
        """Run a stored plan to its end, or until a person has to decide.

        A plan that waits for approval is not run: its result says `awaiting_approval`. The same holds for a run that
        waits, for a task in doubt or the approval of a new version: `attend` says for what, `resume` goes on.

        Args:
            policy: what a failed task means: `abort`, `continue` or `replan`; the setting `failure_policy` by default.
            max_concurrent_tasks: how many tasks run at once; the setting of that name by default.
            run_id: the run's id, under which it is resumed; a new one by default.

        Raises:
            PlanningError: E5200 if the plan was aborted, with the `PlanResult` in `details["result"]`; E5201 if nobody
                can run one of its tasks; E5002, E5203, E5801; E5205 if it is being run already; E5800 if the database
                stays away (the run can be resumed then).
        """
        return await self._execution.execute(
            plan_id, policy=policy, max_concurrent_tasks=max_concurrent_tasks, run_id=run_id
        )

    async def execute_plan_direct(
        self,
        plan: ExecutionPlan,
        agent_did: str | None = None,
        *,
        policy: FailurePolicy | str | None = None,
        max_concurrent_tasks: int | None = None,
        run_id: str | None = None,
    ) -> PlanResult:
        """Run a plan object: it is validated, signed and stored first if it is not stored yet.

        Raises as `execute_plan`, and E5600, E5301 or E5302 for a plan that does not hold.
        """
        stored = await self.store_plan(plan, agent_did)
        return await self.execute_plan(
            stored.plan_id, policy=policy, max_concurrent_tasks=max_concurrent_tasks, run_id=run_id
        )

    async def create_and_execute(self, goal: Goal | str) -> dict[str, Any]:
        """Plan the goal and run the plan: `goal_id`, `plan_id` and `execution_result` (a `PlanResult`).

        Raises as `create_plan` and `execute_plan`.
        """
        plan = await self.create_plan(goal)
        result = await self.execute_plan(plan.plan_id)
        return {"goal_id": plan.goal_id, "plan_id": plan.plan_id, "execution_result": result}

    async def resume(self, which: str) -> PlanResult:
        """Go on with a run that was cut off, drained, or waited for a person; by its id or its plan's.

        Finished tasks are not run again. Tasks that were cut off are reconciled, repeated if that is harmless, or left
        in doubt. A run that is finished gives its result.

        Raises:
            PlanningError: E5003 if there is no such run, E5205 while another runner holds it, and as `execute_plan`.
        """
        return await self._execution.resume(which)

    async def cancel_plan(self, plan_id: str, *, by: str = "", why: str = "", patience: float = 30.0) -> bool:
        """Cancel a plan: what runs is stopped, what was not begun will not be. False if it was over already. A rerun is
        cancelled by its own id.

        The request is durable: if the runner does not answer within `patience` seconds it finds it later. Raises E5002.
        """
        return await self._execution.cancel(plan_id, by=by, why=why, patience=patience)

    async def rollback_plan(self, plan_id: str) -> PlanResult:
        """Undo what the plan's latest run has done: the compensations of completed tasks, latest first.

        Cut off, it is gone on with by `resume` or by calling it again. Tasks without a compensation stay completed.

        Raises:
            PlanningError: E5003 if the plan was never run, E5203 while it is being run.
        """
        return await self._execution.roll_back(plan_id)

    async def stream(self, plan_id: str, *, after: int = 0, follow: bool = True) -> AsyncGenerator[Event]:
        """The plan's events in order, from the one after id `after`, until the plan has ended (or, without `follow`,
        those that are there). A reader that was cut off goes on after the last `event_id` it saw. Raises E5002."""
        async for event in self._execution.stream(plan_id, after, follow=follow):
            yield event

    async def get_execution(self, which: str) -> PlanResult:
        """What came of a run so far, by its id or its plan's. Raises E5003."""
        return await self._execution.result(await self._execution.run_of(which))

    async def list_runs(
        self, plan_id: str | None = None, status: RunStatus | str | None = None, limit: int = 100
    ) -> list[ExecutionRun]:
        """Runs of plans, the latest first."""
        wanted = RunStatus(status) if status is not None else None
        return await self._execution.context.runs.list_runs(plan_id=plan_id, status=wanted, limit=limit)

    async def get_run(self, which: str) -> ExecutionRun:
        """A run by its id, or the latest run of a plan by the plan's. Raises E5003."""
        return await self._execution.run_of(which)

    def drain(self, run_id: str) -> None:
        """Ask the runner of a run to stop: nothing more is begun, what runs may end within `drain_seconds`, then
        somebody else can `resume`. Returns at once; for signal handlers."""
        self._execution.drain(run_id)

    async def attend(self, limit: int = 100) -> Attention:
        """What waits for a person: approvals, tasks of which nobody knows whether their effect happened, and escalated
        issues (`update_plan` closes them)."""
        found = await self._execution.attention(limit)
        escalated = await self._resources.feedback.list_issues(status=IssueStatus.ESCALATED, limit=limit)
        return replace(found, issues=escalated)

    async def settle_doubt(
        self, which: str, task_id: str, became: Became, *, by: str, why: str = "", output: Any = None
    ) -> ExecutionRun:
        """Say what became of a task in doubt: `completed` (with its output), `failed`, or `again` (run it once more).

        The run goes on with `resume`. Raises E5203 if the task is not in doubt, E5205 while its runner is at work.
        """
        return await self._execution.settle_doubt(which, task_id, became, by=by, why=why, output=output)
