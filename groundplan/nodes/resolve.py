"""Give the outline's steps their ids, and make every wait between them explicit."""

from langgraph.runtime import Runtime

from groundplan.domain.dependency_graph import DependencyGraph
from groundplan.domain.dependency_graph import resolve as resolve_tasks
from groundplan.domain.errors import PlanningError
from groundplan.domain.findings import Finding, Level
from groundplan.domain.outline import instantiate
from groundplan.state import Context, Dependencies, PlannerState, PlannerUpdate, plan_id_in


async def resolve(state: PlannerState, runtime: Runtime[Context]) -> PlannerUpdate:
    """Reads `goal`, `outline`; writes `dependencies`: tasks, adjacency, or the cycle or gap found in them."""
    revision = state.get("revision")
    tasks = instantiate(
        state["outline"],
        plan_id_in(state, runtime),
        now=state["goal"].created_at,
        keep_keys=revision is not None and revision.plan_id is not None,
    )
    try:
        tasks, graph = resolve_tasks(tasks)
    except PlanningError as error:
        problem = Finding(
            code=error.code,
            level=Level.SEMANTICS,
            path="dependencies",
            message=error.message,
            suggestion=error.recovery_suggestion,
        )
        return {"dependencies": Dependencies(tasks=tasks, graph=DependencyGraph.of(tasks), problems=[problem])}
    return {"dependencies": Dependencies(tasks=tasks, graph=graph)}
