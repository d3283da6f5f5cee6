"""Ask a model for an outline of the goal."""

from langgraph.runtime import Runtime

from groundplan.decomposition.asking import Asker, Budget
from groundplan.decomposition.decompose import Decomposer
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.state import Context, PlannerState, PlannerUpdate, run_id_of


async def decompose(state: PlannerState, runtime: Runtime[Context]) -> PlannerUpdate:
    """Reads `goal`, writes `outline`. Each answer of the model is kept before it is used.

    Raises:
        PlanningError: E5101 if there is no model, E5102–E5106 for what goes wrong with it.
    """
    context = runtime.context
    model = context.chat_model()
    if model is None:
        raise PlanningError(
            ErrorCode.NO_DECOMPOSER,
            "The goal lists no steps, no template matches it, and there is no model to break it down",
            recovery_suggestion="Set GROUNDPLAN_MODEL=ollama:NAME, list the goal's steps as '1. … 2. …', "
            "or see `groundplan templates`.",
        )
    limits = context.settings.model
    asker = Asker(model, context.model_name, context.answers, run_id_of(runtime), Budget(limits))
    decomposer = Decomposer(asker, context.settings, context.tools, context.agents, context.notes)
    return {"outline": await decomposer.decompose(state["goal"])}
