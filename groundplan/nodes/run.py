"""Run the plan's tasks under a lease, until nothing more can be done."""

from contextlib import AbstractAsyncContextManager, nullcontext

from langgraph.runtime import Runtime

from groundplan.domain.execution import FINAL_RUNS, ExecutionRun, RunStatus
from groundplan.domain.ledger import fold
from groundplan.domain.plan import ExecutionPlan
from groundplan.execution.effects_guard import check_effects
from groundplan.execution.scheduler import Scheduler
from groundplan.execution.stopping import Ending
from groundplan.run_state import RunContext, RunState, run_id_of
from groundplan.stores.run_protocol import RunChange

_ANY_PRIORITY = 5
_ENDED = (Ending.COMPLETED, Ending.FAILED, Ending.CANCELLED)


async def run(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Reads nothing but the run's id: where it stands is in the ledger. Writes `version`, `ending` and `reason`.

    Raises:
        PlanningError: E5203 for a rerun that is to go on with live effects, E5205 if another runner holds the run,
            E5800 if the database stays away, E5801 for an altered plan.
    """
    context, run_id = runtime.context, run_id_of(runtime)
    store = context.runs
    async with context.leases.hold(run_id) as held:
        now = context.planning.clock()
        known = await store.get_run(run_id)
        check_effects(known, context.work)
        if known.status in FINAL_RUNS:
            return {"version": known.version, "ending": known.status.value, "reason": "it had ended already"}
        asked = await store.asked(run_id)
        if known.status is not RunStatus.RUNNING:
            known = await store.change_run(
                run_id, RunChange(status=RunStatus.RUNNING, now=now, epoch=context.leases.epoch(run_id))
            )
        plan = await context.plans.runnable(known.plan_id, known.version)
        states = fold(await store.read_ledger(run_id))
        priority = await _priority(context, known)
        scheduler = Scheduler(plan, known, states, held, store, context.work, asked, priority)
        async with _watched(context, plan, known):
            ending = await scheduler.run()
        if ending is Ending.DRAINED:
            await store.ask(run_id, None)
        elif ending is Ending.WAITING:
            await store.change_run(
                run_id,
                RunChange(status=RunStatus.WAITING, now=context.planning.clock(), epoch=context.leases.epoch(run_id)),
            )
    if ending in _ENDED:
        context.last_states.put(run_id, scheduler.states)
    return {"version": plan.version, "ending": ending.value, "reason": scheduler.stopped_by}


async def _priority(context: RunContext, run: ExecutionRun) -> int:
    """The goal's, by which runs wait for the same resources; looked up only where somebody grants them."""
    if context.work.resources is None:
        return _ANY_PRIORITY
    return (await context.planning.store.get_goal(run.goal_id)).priority


def _watched(context: RunContext, plan: ExecutionPlan, run: ExecutionRun) -> AbstractAsyncContextManager[None]:
    if context.monitor is None or run.forked_from is not None:
        return nullcontext()
    return context.monitor.watching(plan, run)
