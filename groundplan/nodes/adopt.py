"""Go over to the next version of the plan, once it may be run."""

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from groundplan.domain.events import Event, EventType
from groundplan.domain.execution import ExecutionRun, RunStatus
from groundplan.domain.ledger import EntryKind, LedgerEntry, TaskState, fold
from groundplan.domain.lifecycle import PlanStatus, TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.replanning import failed_tasks
from groundplan.domain.task import Task
from groundplan.execution.journal import Unit
from groundplan.run_state import RunContext, RunState, run_id_of
from groundplan.stores.run_protocol import RunChange


async def adopt(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Interrupt while the next version waits for approval; then let the run go on with it. A run that is cancelled
    meanwhile waits no longer.

    Writes `version`, or `ending` (`cancelled`) and `reason` if a person rejected it. Tasks that failed, or were blocked
    or skipped by that, are opened again where the new version has them.
    """
    context, run_id = runtime.context, run_id_of(runtime)
    run = await context.runs.get_run(run_id)
    plan = await context.plans.latest(run.plan_id)
    if plan.version == run.version:
        return {"version": plan.version}
    now = context.planning.clock()
    while plan.status is PlanStatus.AWAITING_APPROVAL:
        if await _is_cancelled(run_id, context):
            await context.runs.withdraw_plan(plan.plan_id, now, [])
            plan = await context.plans.latest(run.plan_id)
            break
        await context.runs.change_run(
            run_id, RunChange(status=RunStatus.WAITING, now=now, epoch=context.leases.epoch(run_id))
        )
        interrupt({"plan_id": plan.plan_id, "run_id": run_id, "version": plan.version, "waits_for": "approval"})
        plan = await context.plans.latest(run.plan_id)
    if plan.status is PlanStatus.CANCELLED:
        await _cancel_the_rest(run, context)
        return {"ending": "cancelled", "reason": f"version {plan.version} was not wanted"}
    await _open_again(plan, run, context)
    change = RunChange(
        status=RunStatus.RUNNING,
        now=now,
        version=plan.version,
        plan=PlanStatus.EXECUTING,
        replans_left=max(0, run.replans_left - 1),
        events=[_replanned(run, plan, context)],
        epoch=context.leases.epoch(run_id),
    )
    await context.runs.change_run(run_id, change)
    return {"version": plan.version}


async def _is_cancelled(run_id: str, context: RunContext) -> bool:
    asked = await context.runs.asked(run_id)
    return asked is not None and asked.request == "cancel"


async def _cancel_the_rest(run: ExecutionRun, context: RunContext) -> None:
    """What nobody has begun of the version that the run is at stays undone."""
    plan = await context.plans.version(run.plan_id, run.version)
    async with context.leases.hold(run.run_id) as held:
        states = fold(await context.runs.read_ledger(run.run_id))
        unit = Unit(held.lease, context.planning.clock())
        for task in plan.tasks:
            known = states.get(task.task_id, TaskState())
            if known.status in (TaskStatus.PENDING, TaskStatus.READY):
                unit.add(LedgerEntry(task_id=task.task_id, attempt=known.attempt, kind=EntryKind.CANCELLED, at=unit.at))
        if unit:
            await context.runs.append(held.lease, unit.entries, unit.events)


async def _open_again(plan: ExecutionPlan, run: ExecutionRun, context: RunContext) -> None:
    async with context.leases.hold(run.run_id) as held:
        states = fold(await context.runs.read_ledger(run.run_id))
        open_failures = {task.task_id for task in failed_tasks(plan, states)}
        unit = Unit(held.lease, context.planning.clock())
        for task in plan.tasks:
            known = states.get(task.task_id)
            if known is not None and _is_tried_again(task, known, open_failures):
                unit.entries.append(
                    LedgerEntry(task_id=task.task_id, attempt=known.attempt + 1, kind=EntryKind.REOPENED, at=unit.at)
                )
        if unit.entries:
            await context.runs.append(held.lease, unit.entries)


def _is_tried_again(task: Task, known: TaskState, open_failures: set[str]) -> bool:
    """Not a failure that the new version calls optional, that another task has taken up, or whose effect was had."""
    if known.status is TaskStatus.FAILED:
        return task.task_id in open_failures and not task.optional and known.effect != "done"
    return known.status in (TaskStatus.BLOCKED, TaskStatus.SKIPPED)


def _replanned(run: ExecutionRun, plan: ExecutionPlan, context: RunContext) -> Event:
    return Event(
        type=EventType.PLAN_REPLANNED,
        at=context.planning.clock(),
        goal_id=run.goal_id,
        plan_id=run.plan_id,
        run_id=run.run_id,
        data={"version": plan.version, "revises": run.version, "reason": plan.metadata.reason[:400]},
    )
