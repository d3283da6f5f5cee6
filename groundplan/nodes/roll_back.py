"""Undo what a run has done: the compensations of its completed tasks, latest first."""

from langgraph.runtime import Runtime

from groundplan.execution.compensation import compensate_all
from groundplan.execution.effects_guard import check_effects
from groundplan.run_state import RunContext, RunState, run_id_of


async def roll_back(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Reads the ledger; writes `ending` and `reason`. Cut off, it goes on where it was: each undoing is in the ledger.
    Where one failed the run stays as it is, to be rolled back once more.

    Raises:
        PlanningError: E5203 for a rerun, E5205 if another runner holds the run, E5800 if the database stays away.
    """
    context, run_id = runtime.context, run_id_of(runtime)
    context.last_states.take(run_id)
    async with context.leases.hold(run_id) as held:
        known = await context.runs.get_run(run_id)
        check_effects(known, context.work)
        plan = await context.plans.version(known.plan_id, known.version)
        entries = await context.runs.read_ledger(run_id)
        undone, left, failed = await compensate_all(plan, entries, held, context.runs, context.work)
    reason = f"{undone} tasks undone"
    reason += f", {len(left)} cannot be: {', '.join(left)}" if left else ""
    reason += f", undoing {len(failed)} failed: {', '.join(failed)}" if failed else ""
    return {"version": plan.version, "ending": "rolling_back" if failed else "rolled_back", "reason": reason}
