"""Find out when each task can and must run."""

from langgraph.runtime import Runtime

from groundplan.domain.capacities import capacities_for
from groundplan.domain.schedule_search import effort_of
from groundplan.domain.scheduling import make_schedule
from groundplan.draft import revision_in
from groundplan.state import Context, PlannerState, PlannerUpdate


async def schedule(state: PlannerState, runtime: Runtime[Context]) -> PlannerUpdate:
    """Reads `goal`, `dependencies`, `estimates`, and where the plan's run stands (`revision`); writes `schedule`."""
    work, limits, context = state["dependencies"], state["goal"].constraints, runtime.context
    settings = context.settings
    return {
        "schedule": make_schedule(
            work.tasks,
            work.graph,
            revision_in(state).standing.left(state["estimates"].by_task),
            buffer_share=settings.resource_buffer_percentage,
            now=context.clock(),
            deadline=limits.deadline,
            within=capacities_for(limits, settings, context.agents, context.tools_by_name),
            effort=effort_of(settings),
            breakdown=state["goal"].breakdown,
        )
    }
