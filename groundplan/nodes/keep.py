"""Go on with the plan as it is: another way was asked for, none holds, and nothing is wrong with this one."""

from langgraph.runtime import Runtime

from groundplan.domain.events import Event, EventType
from groundplan.domain.execution import ExecutionRun, RunStatus
from groundplan.domain.ledger import fold
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.replanning import failed_tasks
from groundplan.run_state import RunContext, RunState, run_id_of
from groundplan.stores.run_protocol import RunChange


async def keep(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Reads `reason`; takes the wish to replan off the run and tells why. Writes nothing."""
    context, run_id = runtime.context, run_id_of(runtime)
    run = await context.runs.get_run(run_id)
    now = context.planning.clock()
    told = Event(
        type=EventType.PLAN_KEPT,
        at=now,
        goal_id=run.goal_id,
        plan_id=run.plan_id,
        run_id=run_id,
        data={"version": run.version, "reason": state["reason"][:400]},
    )
    change = RunChange(
        status=RunStatus.RUNNING,
        now=now,
        plan=PlanStatus.EXECUTING,
        drops_wish=True,
        events=[told],
        epoch=context.leases.epoch(run_id),
    )
    await context.runs.change_run(run_id, change)
    return {}


async def given_up(reason: str, run: ExecutionRun, context: RunContext) -> RunState:
    """What a node writes that has found no other way: `kept` if that was but a wish, else `failed`."""
    is_kept = await _is_but_a_wish(run, context)
    return {"ending": "kept" if is_kept else "failed", "reason": reason}


async def _is_but_a_wish(run: ExecutionRun, context: RunContext) -> bool:
    asked = await context.runs.asked(run.run_id)
    if asked is None or asked.request != "replan":
        return False
    plan = await context.plans.version(run.plan_id, run.version)
    return not failed_tasks(plan, fold(await context.runs.read_ledger(run.run_id)))
