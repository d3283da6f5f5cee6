"""Take a stored plan, make sure that it is what was approved and can be run, and open a run of it."""

from langgraph.runtime import Runtime

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.events import Event, EventType
from groundplan.domain.execution import FINAL_RUNS, ExecutionRun, FailurePolicy, RunStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.execution.carrying_over import carry_over, run_before, with_keys_of
from groundplan.execution.failures import no_executor
from groundplan.run_state import RunContext, RunState, run_id_of
from groundplan.stores.conflicts import run_of_another_plan


async def load(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Reads `plan_id` and the run's options, writes `version` (and `ending`, for a run that is finished).

    Raises:
        PlanningError: E5002 for no such plan, E5801 for one that was altered, E5201 if nobody can run one of its tasks,
            E5202 if it waits for approval, E5203 if it cannot be run, E5205 if another run of it is open.
    """
    context, run_id = runtime.context, run_id_of(runtime)
    run = await _known(context, run_id)
    if run is not None and run.plan_id != state["plan_id"]:
        raise run_of_another_plan(run_id, run.plan_id, state["plan_id"])
    if run is None:
        plan = await context.plans.runnable(state["plan_id"])
        check_executors(plan, context)
        goal = await context.planning.store.get_goal(plan.goal_id)
        run = _new_run(state, plan, run_id, context, goal.constraints.max_parallel)
        before = await run_before(plan.plan_id, plan.version, context.runs) if plan.version > 1 else None
        if before is not None and run.forked_from is None:
            run = await with_keys_of(run, before, context.runs)
        await context.runs.open_run(run, [_started(run, context)])
    if run.version > 1 and run.status not in FINAL_RUNS:
        await carry_over(await context.plans.version(run.plan_id, run.version), run, context.runs, context.leases)
    finished = run.status in FINAL_RUNS and not state.get("roll_back")
    return {"version": run.version, "ending": run.status.value if finished else "", "reason": ""}


async def _known(context: RunContext, run_id: str) -> ExecutionRun | None:
    try:
        return await context.runs.get_run(run_id)
    except PlanningError as error:
        if error.code is ErrorCode.GOAL_NOT_FOUND:
            return None
        raise


def check_executors(plan: ExecutionPlan, context: RunContext) -> None:
    """Pass if every task can be run by somebody.

    Raises:
        PlanningError: E5201, with every task that nobody can run in `details["missing"]`.
    """
    missing = [task for task in plan.tasks if context.work.executors.executor_for(task) is None]
    if missing:
        error = no_executor(missing[0])
        error.details["missing"] = [task.task_id for task in missing]
        raise error


def _new_run(
    state: RunState, plan: ExecutionPlan, run_id: str, context: RunContext, max_parallel: int | None
) -> ExecutionRun:
    at_once = state.get("max_concurrent_tasks") or context.planning.settings.max_concurrent_tasks
    return ExecutionRun(
        run_id=run_id,
        plan_id=plan.plan_id,
        goal_id=plan.goal_id,
        agent_did=plan.agent_did,
        version=plan.version,
        status=RunStatus.RUNNING,
        policy=FailurePolicy(state.get("policy") or context.policy),
        effects=context.effects,
        max_concurrent_tasks=min(at_once, max_parallel or at_once),
        replans_left=context.max_replans,
        forked_from=context.forked_from,
        created_at=context.planning.clock(),
    )


def _started(run: ExecutionRun, context: RunContext) -> Event:
    """With what there is to work with, so that whoever watches the run later knows what has come since."""
    monitor = context.monitor if run.forked_from is None else None
    noted = {"noted": monitor.noted()} if monitor is not None else {}
    return Event(
        type=EventType.PLAN_STARTED,
        at=run.created_at,
        goal_id=run.goal_id,
        plan_id=run.plan_id,
        run_id=run.run_id,
        data={"version": run.version, "policy": run.policy.value} | noted,
    )
