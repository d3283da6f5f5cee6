"""Close the run: its status, its plan's and its goal's, and what it made of the tasks, in one transaction."""

from langgraph.runtime import Runtime

from groundplan.domain.events import Event, EventType
from groundplan.domain.execution import ExecutionRun, RunStatus
from groundplan.domain.ledger import fold
from groundplan.domain.lifecycle import GoalStatus, PlanStatus, TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.execution.progress import with_state
from groundplan.run_state import RunContext, RunState, run_id_of
from groundplan.stores.run_protocol import RunChange

_STATUSES = {
    "completed": (RunStatus.COMPLETED, PlanStatus.COMPLETED, GoalStatus.COMPLETED, EventType.PLAN_COMPLETED),
    "cancelled": (RunStatus.CANCELLED, PlanStatus.CANCELLED, GoalStatus.CANCELLED, EventType.PLAN_CANCELLED),
    "rolled_back": (RunStatus.ROLLED_BACK, PlanStatus.ROLLED_BACK, None, EventType.PLAN_ROLLED_BACK),
    "failed": (RunStatus.FAILED, PlanStatus.FAILED, GoalStatus.FAILED, EventType.PLAN_FAILED),
}


async def finish(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Reads `ending`, `reason` and the ledger; writes nothing. Doing it again changes nothing."""
    context, run_id = runtime.context, run_id_of(runtime)
    known = await context.runs.get_run(run_id)
    plan = await context.plans.version(known.plan_id, known.version)
    states = context.last_states.get(run_id) or fold(await context.runs.read_ledger(run_id))
    run_status, plan_status, goal_status, event_type = _STATUSES[state["ending"]]
    tasks = {task.task_id: with_state(task, states[task.task_id]) for task in plan.tasks if task.task_id in states}
    done = sum(task.status is TaskStatus.COMPLETED for task in tasks.values())
    event = _event(event_type, known, plan, done, state, context)
    change = RunChange(
        status=run_status,
        now=event.at,
        plan=plan_status,
        goal=goal_status,
        tasks=tasks,
        error={"message": state["reason"]} if state["ending"] == "failed" else None,
        events=[event],
        epoch=context.leases.epoch(run_id),
    )
    await context.runs.change_run(run_id, change)
    return {}


def _event(
    kind: EventType, run: ExecutionRun, plan: ExecutionPlan, done: int, state: RunState, context: RunContext
) -> Event:
    return Event(
        type=kind,
        at=context.planning.clock(),
        goal_id=run.goal_id,
        plan_id=run.plan_id,
        run_id=run.run_id,
        data={"version": run.version, "completed": done, "tasks": len(plan.tasks), "reason": state["reason"]},
    )
