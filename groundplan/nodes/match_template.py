"""Make an outline without a model: read the steps that the goal lists, or fill the template it asks for."""

from langgraph.runtime import Runtime

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.goal import DecompositionStrategy, Goal
from groundplan.domain.listed_outline import outline_of_steps
from groundplan.domain.outline import Outline
from groundplan.listed import steps_listed
from groundplan.state import Context, PlannerState, PlannerUpdate


async def match_template(state: PlannerState, runtime: Runtime[Context]) -> PlannerUpdate:
    """Reads `goal`; writes `outline` if the goal lists its steps or a template matches, else nothing.

    Raises:
        PlanningError: E5101 if the goal's strategy is `template` and nothing matches.
    """
    goal = state["goal"]
    if goal.decomposition_strategy is DecompositionStrategy.LLM:
        return {}
    outline = _outline(goal, runtime.context)
    if outline is not None:
        return {"outline": outline}
    if goal.decomposition_strategy is DecompositionStrategy.TEMPLATE:
        raise PlanningError(
            ErrorCode.NO_DECOMPOSER,
            "No template matches the goal, and its strategy is 'template'",
            recovery_suggestion="List the steps as '1. … 2. …', see `groundplan templates`, or use 'hybrid'.",
        )
    return {}


def _outline(goal: Goal, context: Context) -> Outline | None:
    listed = steps_listed(goal)
    if listed is not None:
        return outline_of_steps(listed)
    match = context.templates.match(goal)
    return context.templates.fill(match, goal.breakdown) if match else None
