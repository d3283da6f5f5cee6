"""Find out when each task can and must run."""

from langgraph.runtime import Runtime

from groundplan.domain.scheduling import make_schedule
from groundplan.state import Context, PlannerState, PlannerUpdate


async def schedule(state: PlannerState, runtime: Runtime[Context]) -> PlannerUpdate:
    """Reads `goal`, `dependencies`, `estimates`; writes `schedule`."""
    work, limits, settings = state["dependencies"], state["goal"].constraints, runtime.context.settings
    return {
        "schedule": make_schedule(
            work.tasks,
            work.graph,
            state["estimates"].by_task,
            buffer_share=settings.resource_buffer_percentage,
            now=runtime.context.clock(),
            deadline=limits.deadline,
            at_once=min(limits.max_parallel or settings.max_concurrent_tasks, settings.max_concurrent_tasks),
        )
    }
