"""Decide whether the rest of a plan is planned anew, or the run has failed."""

from langgraph.runtime import Runtime

from groundplan.domain.execution import RunStatus
from groundplan.domain.lifecycle import PlanStatus
from groundplan.run_state import RunContext, RunState, run_id_of
from groundplan.stores.run_protocol import RunChange


async def review(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Reads `reason`; writes `ending` (`failed`) and `reason` when there is no replanning, else moves the plan to
    `replanning` and writes nothing."""
    context, run_id = runtime.context, run_id_of(runtime)
    run = await context.runs.get_run(run_id)
    if context.replanner is None:
        return {"ending": "failed", "reason": f"{state['reason']}; replanning is switched off"}
    if run.replans_left <= 0:
        return {"ending": "failed", "reason": f"{state['reason']}; it was replanned as often as it may be"}
    change = RunChange(
        status=RunStatus.RUNNING,
        now=context.planning.clock(),
        plan=PlanStatus.REPLANNING,
        epoch=context.leases.epoch(run_id),
    )
    await context.runs.change_run(run_id, change)
    return {}
