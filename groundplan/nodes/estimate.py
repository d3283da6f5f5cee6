"""Estimate what each task needs."""

from langgraph.runtime import Runtime

from groundplan.domain import estimation
from groundplan.domain.pricing import priced
from groundplan.state import Context, Estimates, PlannerState, PlannerUpdate


async def estimate(state: PlannerState, runtime: Runtime[Context]) -> PlannerUpdate:
    """Reads `dependencies`, writes `estimates`: time and tokens by kind of work, money by the prices that are known."""
    tasks = state["dependencies"].tasks
    return {"estimates": Estimates(by_task=priced(tasks, estimation.estimate(tasks), runtime.context.prices))}
