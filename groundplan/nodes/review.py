"""Decide whether the rest of a plan is planned anew, or the run has failed."""

from langgraph.runtime import Runtime

from groundplan.domain.execution import RunStatus
from groundplan.domain.lifecycle import PlanStatus
from groundplan.nodes.keep import given_up
from groundplan.run_state import RunContext, RunState, run_id_of
from groundplan.stores.run_protocol import RunChange


async def review(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Reads `reason`; moves the plan to `replanning` and writes nothing, or, where there is no replanning, writes
    `ending` (`failed`, or `kept` if nothing has failed) and `reason`."""
    context, run_id = runtime.context, run_id_of(runtime)
    run = await context.runs.get_run(run_id)
    if context.replanner is None:
        return await given_up(f"{state['reason']}; replanning is switched off", run, context)
    if run.replans_left <= 0:
        return await given_up(f"{state['reason']}; it was replanned as often as it may be", run, context)
    change = RunChange(
        status=RunStatus.RUNNING,
        now=context.planning.clock(),
        plan=PlanStatus.REPLANNING,
        epoch=context.leases.epoch(run_id),
    )
    await context.runs.change_run(run_id, change)
    return {}
