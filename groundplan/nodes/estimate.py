"""Estimate what each task needs."""

from langgraph.runtime import Runtime

from groundplan.domain import estimation
from groundplan.state import Context, Estimates, PlannerState, PlannerUpdate


async def estimate(state: PlannerState, runtime: Runtime[Context]) -> PlannerUpdate:
    """Reads `dependencies`, writes `estimates`."""
    return {"estimates": Estimates(by_task=estimation.estimate(state["dependencies"].tasks))}
