"""Look whether the same goal was planned before, under the same circumstances."""

from langgraph.runtime import Runtime

from groundplan.listed import is_shared
from groundplan.state import Context, PlannerState, PlannerUpdate


async def recall(state: PlannerState, runtime: Runtime[Context]) -> PlannerUpdate:
    """Ask the plan cache. Reads `goal`, writes `outline` on a hit and nothing on a miss, or if one was given.

    A hit is instantiated with new ids and validated like any other outline. After a miss this run holds the
    key: others that plan the same goal wait until `commit` puts it, or the run fails.
    """
    if "outline" in state:
        return {}
    context = runtime.context
    goal = state["goal"]
    outline = await context.cache.get(context.cache_key(goal), shared=is_shared(goal))
    if outline is None:
        return {}
    origin = outline.origin.model_copy(update={"cache_hit": True, "calls": 0, "tokens": 0, "latency_ms": 0.0})
    return {"outline": outline.model_copy(update={"origin": origin})}
