"""Running plans: what `PlanningService` hands on to the execution graph."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from groundplan.domain.approval import Approval
from groundplan.domain.checked_texts import checked, checked_name
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.events import Event, EventType
from groundplan.domain.execution import FINAL_RUNS, ExecutionRun, FailurePolicy, RunStatus
from groundplan.domain.feedback import Issue
from groundplan.domain.ids import new_id
from groundplan.domain.ledger import EntryKind, LedgerEntry, TaskState, fold
from groundplan.domain.lifecycle import PlanStatus, TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.results import PlanResult
from groundplan.execution.journal import Unit
from groundplan.execution.progress import as_run_by, result_of, with_state
from groundplan.graph.execution_forks import refuse_rollback, run_fork
from groundplan.graph.executions import Runner, drive
from groundplan.run_state import RunContext, RunInput
from groundplan.stores.run_protocol import BEFORE_RUN, Asked, RunChange

Became = Literal["completed", "failed", "again"]
_LOOK_EVERY = 0.1
_ENTRY_OF: Mapping[Became, EntryKind] = {
    "completed": EntryKind.COMPLETED,
    "failed": EntryKind.FAILED,
    "again": EntryKind.RETRYING,
}


@dataclass(frozen=True, slots=True)
class InDoubt:
    """A task of which nobody knows whether its effect happened; a person decides."""

    plan_id: str
    run_id: str
    task_id: str
    name: str
    attempt: int
    idempotency_key: str
    why: str


@dataclass(frozen=True, slots=True)
class Attention:
    """What waits for a person."""

    approvals: list[Approval]
    in_doubt: list[InDoubt]
    issues: list[Issue] = field(default_factory=list)
    """Those that were escalated."""


class Execution:
    """Runs of plans, on an open service's stores and compiled execution graph."""

    def __init__(self, runner: Runner, context: RunContext) -> None:
        self.context = context
        self._runner = runner
        self._runs = context.runs
        self._plans = context.planning.store
        self._asking: set[asyncio.Task[None]] = set()

    async def execute(
        self,
        plan_id: str,
        *,
        policy: FailurePolicy | str | None = None,
        max_concurrent_tasks: int | None = None,
        run_id: str | None = None,
    ) -> PlanResult:
        """See `PlanningService.execute_plan`."""
        given = RunInput(plan_id=plan_id)
        if policy is not None:
            given["policy"] = _policy(policy)
        if max_concurrent_tasks is not None:
            given["max_concurrent_tasks"] = _places(max_concurrent_tasks)
        try:
            return await self._drive(given, run_id or new_id())
        except PlanningError as error:
            if error.code is not ErrorCode.APPROVAL_CONFLICT:
                raise
            # Asked only now: a plan is read once, by who runs it.
            plan = await self._plans.get_plan(plan_id)
            if plan.status is not PlanStatus.AWAITING_APPROVAL:
                raise
            return result_of(plan, {}, plan.status, None, None)

    async def resume(self, which: str) -> PlanResult:
        """See `PlanningService.resume`."""
        run = await self.run_of(which)
        if run.status in FINAL_RUNS:
            return await self.result(run)
        if run.forked_from is not None:
            return await self.repeat(run)
        given = RunInput(plan_id=run.plan_id)
        if run.status is RunStatus.ROLLING_BACK:
            given["roll_back"] = True
        return await self._drive(given, run.run_id, is_known=True)

    async def repeat(self, run: ExecutionRun) -> PlanResult:
        """Run, or go on with, a run that repeats another one: without effects but those that it is let have."""
        await run_fork(run, self.context, self._runner)
        return await self.result(run)

    async def cancel(self, plan_id: str, *, by: str, why: str, patience: float) -> bool:
        """See `PlanningService.cancel_plan`."""
        said = {"by": checked_name(by, "by") if by else "", "why": checked(why, "reason")}
        run = await self._latest_run(plan_id)
        if run is None or (run.status in FINAL_RUNS and run.forked_from is None):
            return await self._withdraw(plan_id, said)
        if not await self._runs.ask(run.run_id, Asked("cancel", said)):
            return False
        await self.context.leases.nudge(run.run_id)
        loop = asyncio.get_running_loop()
        until = loop.time() + patience
        while loop.time() < until:
            if (await self._runs.get_run(run.run_id)).status in FINAL_RUNS:
                return True
            await self._try_to_end(run.run_id)
            await asyncio.sleep(_LOOK_EVERY)
        return True

    async def _latest_run(self, which: str) -> ExecutionRun | None:
        """The latest run of the plan, or the rerun of this id; None if there is neither."""
        try:
            run = await self.run_of(which)
        except PlanningError as error:
            if error.code is ErrorCode.GOAL_NOT_FOUND:
                return None
            raise
        return run if which == run.plan_id or run.forked_from is not None else None

    async def _try_to_end(self, run_id: str) -> None:
        """Let a cancelled run come to its end, if nobody runs it. Raises what keeps it from that for good."""
        try:
            await self.resume(run_id)
        except PlanningError as error:
            is_held = error.code is ErrorCode.RUN_CONFLICT  # its runner has been told
            if not (is_held or error.retryable or (await self._runs.get_run(run_id)).status in FINAL_RUNS):
                raise

    async def _withdraw(self, plan_id: str, said: Mapping[str, str]) -> bool:
        """Cancel a plan that nobody runs."""
        plan = await self._plans.get_plan(plan_id)
        now = self.context.planning.clock()
        event = Event(
            type=EventType.PLAN_CANCELLED, at=now, goal_id=plan.goal_id, plan_id=plan_id, data={"by": said["by"]}
        )
        return await self._runs.withdraw_plan(plan_id, now, [event])

    async def roll_back(self, plan_id: str) -> PlanResult:
        """See `PlanningService.rollback_plan`."""
        run = await self.run_of(plan_id)
        if run.forked_from is not None:
            raise refuse_rollback(run)
        if run.status not in FINAL_RUNS and run.status is not RunStatus.ROLLING_BACK:
            raise PlanningError(
                ErrorCode.ILLEGAL_TRANSITION,
                f"Plan {plan_id!r} is being run and cannot be rolled back yet",
                details={"plan_id": plan_id, "run_id": run.run_id, "current": run.status.value},
                recovery_suggestion=f"Cancel it first: `groundplan cancel {plan_id}`.",
            )
        if run.status is RunStatus.ROLLED_BACK:
            return await self.result(run)
        async with self.context.leases.hold(run.run_id) as held:
            change = RunChange(
                status=RunStatus.ROLLING_BACK,
                now=self.context.planning.clock(),
                plan=PlanStatus.ROLLING_BACK,
                epoch=held.lease.epoch,
            )
            run = await self._runs.change_run(run.run_id, change)
        return await self._drive(RunInput(plan_id=run.plan_id, roll_back=True), run.run_id, is_known=True)

    def drain(self, run_id: str) -> None:
        """See `PlanningService.drain`."""
        task = asyncio.get_running_loop().create_task(self._ask_to_drain(run_id))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _ask_to_drain(self, run_id: str) -> None:
        await self._runs.ask(run_id, Asked("drain", {}))
        await self.context.leases.nudge(run_id)

    async def settle_doubt(
        self, which: str, task_id: str, became: Became, *, by: str, why: str, output: Any
    ) -> ExecutionRun:
        """See `PlanningService.settle_doubt`."""
        run = await self.run_of(which)
        by, said = checked_name(by, "by"), checked(why, "reason")
        async with self.context.leases.hold(run.run_id) as held:
            states = fold(await self._runs.read_ledger(run.run_id))
            state = states.get(task_id)
            if state is None or state.status is not TaskStatus.IN_DOUBT:
                raise _not_in_doubt(task_id, state)
            unit = Unit(held.lease, self.context.planning.clock())
            entry = LedgerEntry(
                task_id=task_id,
                attempt=state.attempt,
                kind=_ENTRY_OF[became],
                at=unit.at,
                output=output if became == "completed" else None,
                error=_said_failed(by, said) if became == "failed" else None,
                record={"decided_by": by, "why": said},
            )
            unit.add(entry, decided_by=by)
            await self._runs.append(held.lease, unit.entries, unit.events if run.forked_from is None else ())
            if run.status in FINAL_RUNS and run.forked_from is None:
                state.apply(entry)
                await self._keep_with_the_plan(run, task_id, state, held.lease.epoch)
        return run

    async def _keep_with_the_plan(self, run: ExecutionRun, task_id: str, state: TaskState, epoch: int) -> None:
        """What is found out of a run that is over goes to where its `finish` has put the rest."""
        plan = await self._plans.get_plan(run.plan_id, run.version)
        if task_id in {task.task_id for task in plan.tasks}:
            tasks = {task_id: with_state(plan.task(task_id), state)}
            change = RunChange(status=run.status, now=self.context.planning.clock(), tasks=tasks, epoch=epoch)
            await self._runs.change_run(run.run_id, change)

    async def attention(self, limit: int) -> Attention:
        """See `PlanningService.attend`."""
        doubtful: list[InDoubt] = []
        for run in await self._runs.runs_in_doubt(limit):
            states = fold(await self._runs.read_ledger(run.run_id))
            plan = await self._plans.get_plan(run.plan_id, run.version)
            found = {task_id: state for task_id, state in states.items() if state.status is TaskStatus.IN_DOUBT}
            doubtful += [_in_doubt(run, plan, task_id, state) for task_id, state in found.items()]
        return Attention(await self._plans.list_waiting(limit), doubtful)

    async def stream(self, plan_id: str, after: int, *, follow: bool) -> AsyncGenerator[Event]:
        """See `PlanningService.stream`."""
        await self._plans.get_plan(plan_id)
        while True:
            # Asked first: what was told before the end is then among what is read.
            goes_on = follow and await self._goes_on(plan_id)
            events = await self._plans.read_events(after=after, plan_id=plan_id)
            for event in events:
                yield event
                after = event.event_id or after
            if not events and not goes_on:
                return
            if not events:
                await asyncio.sleep(_LOOK_EVERY)

    async def _goes_on(self, plan_id: str) -> bool:
        return (await self._plans.get_plan(plan_id)).status not in _ENDED_PLANS

    async def live(self, plan: ExecutionPlan) -> ExecutionPlan:
        """The plan with what its run has made of the tasks so far, or leaves to the next run."""
        is_next = plan.version > 1 and plan.status in BEFORE_RUN
        if not is_next and plan.status not in (PlanStatus.EXECUTING, PlanStatus.REPLANNING, PlanStatus.ROLLING_BACK):
            return plan
        runs = await self._runs.list_runs(plan_id=plan.plan_id, live=True, limit=1)
        return as_run_by(plan, runs[0], fold(await self._runs.read_ledger(runs[0].run_id))) if runs else plan

    async def result(self, run: ExecutionRun) -> PlanResult:
        """What came of the run so far."""
        return await self._result(await self._runs.get_run(run.run_id), None)

    async def _result(self, run: ExecutionRun, states: dict[str, TaskState] | None) -> PlanResult:
        plan = await self.context.plans.version(run.plan_id, run.version)
        states = states or fold(await self._runs.read_ledger(run.run_id))
        ended = run.finished_at or self.context.planning.clock()
        return result_of(plan, states, await self._status(run), run.created_at, ended)

    async def _status(self, run: ExecutionRun) -> PlanStatus:
        """The plan's status, as this run has left it."""
        known = _STATUS_OF.get(run.status)
        if run.forked_from is not None:
            return known or PlanStatus.EXECUTING
        return known or (await self._plans.get_plan(run.plan_id)).status

    async def _drive(self, given: RunInput, run_id: str, *, is_known: bool = False) -> PlanResult:
        try:
            async with self.context.leases.kept() as leases:
                if is_known:  # its thread must not be touched while somebody else holds the run
                    async with leases.hold(run_id):
                        pass
                await drive(self._runner, given, run_id, replace(self.context, leases=leases))
        except PlanningError as error:
            error.details.setdefault("run_id", run_id)
            raise
        run = await self._runs.get_run(run_id)
        result = await self._result(run, self.context.last_states.take(run_id))
        if run.status is RunStatus.FAILED and run.policy is FailurePolicy.ABORT:
            raise _aborted(run, result)
        return result

    async def run_of(self, which: str) -> ExecutionRun:
        """The run of this id, or the latest run of the plan of this id."""
        runs = await self._runs.list_runs(plan_id=which, live=True, limit=1)
        return runs[0] if runs else await self._runs.get_run(which)


_STATUS_OF = {
    RunStatus.COMPLETED: PlanStatus.COMPLETED,
    RunStatus.FAILED: PlanStatus.FAILED,
    RunStatus.CANCELLED: PlanStatus.CANCELLED,
    RunStatus.ROLLED_BACK: PlanStatus.ROLLED_BACK,
}
_ENDED_PLANS = frozenset({PlanStatus.COMPLETED, PlanStatus.FAILED, PlanStatus.CANCELLED, PlanStatus.ROLLED_BACK})


def _policy(given: FailurePolicy | str) -> str:
    known = [policy.value for policy in FailurePolicy]
    if given not in known:
        raise _no_such(f"policy is {given!r}", f"Give one of {', '.join(map(repr, known))}.")
    return FailurePolicy(given).value


def _places(given: int) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given < 2**31:
        raise _no_such(f"max_concurrent_tasks is {given!r}", "Give how many tasks may run at once, 1 or more.")
    return given


def _no_such(what: str, suggestion: str) -> PlanningError:
    return PlanningError(
        ErrorCode.VALIDATION_FAILED,
        f"A run cannot be made so: {what}",
        details={"errors": [what]},
        recovery_suggestion=suggestion,
    )


def _in_doubt(run: ExecutionRun, plan: ExecutionPlan, task_id: str, state: TaskState) -> InDoubt:
    names = {task.task_id: task.name for task in plan.tasks}
    why = str((state.error or {}).get("message", ""))
    return InDoubt(run.plan_id, run.run_id, task_id, names.get(task_id, task_id), state.attempt, state.key or "", why)


def _not_in_doubt(task_id: str, state: TaskState | None) -> PlanningError:
    status = state.status.value if state else TaskStatus.PENDING.value
    return PlanningError(
        ErrorCode.ILLEGAL_TRANSITION,
        f"Task {task_id!r} is {status}, not in doubt",
        details={"task_id": task_id, "current": status},
        recovery_suggestion="See what waits for a person with `groundplan attend`.",
    )


def _said_failed(by: str, why: str) -> dict[str, Any]:
    return PlanningError(
        ErrorCode.TASK_FAILED,
        f"{by!r} found that it did not happen{': ' + why if why else ''}",
        recovery_suggestion="Resume the run: its policy decides what becomes of the plan.",
    ).to_dict()


def _aborted(run: ExecutionRun, result: PlanResult) -> PlanningError:
    failed = [task_id for task_id, task in result.items() if task.status is TaskStatus.FAILED]
    error = result[failed[0]].error if failed else None
    why = f": {error['message']}" if error else ""
    return PlanningError(
        ErrorCode.EXECUTION_FAILED,
        f"Plan {run.plan_id!r} was aborted because task {failed[0] if failed else '?'!r} failed{why}",
        details={"run_id": run.run_id, "plan_id": run.plan_id, "result": result, "failed": failed},
        recovery_suggestion="Look at details['result'], mend the cause, then plan again or roll back.",
    )
