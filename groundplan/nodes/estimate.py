"""Estimate what each task needs."""

from langgraph.runtime import Runtime

from groundplan.domain.forecasting import forecast
from groundplan.domain.learned_estimates import NOTHING_LEARNED
from groundplan.domain.outline import Outline
from groundplan.state import Context, Estimates, PlannerState, PlannerUpdate


async def estimate(state: PlannerState, runtime: Runtime[Context]) -> PlannerUpdate:
    """Reads `dependencies` and who made the `outline`, writes `estimates`.

    Time and tokens as past runs say, else by kind of work; money by the prices that are known.
    """
    context, outline = runtime.context, state.get("outline")
    learned = await context.learned() if context.learned else NOTHING_LEARNED
    guessed = outline is not None and "revision" not in state and _is_guess(outline)
    return {
        "estimates": Estimates(by_task=forecast(state["dependencies"].tasks, context.prices, learned, guessed=guessed))
    }


def _is_guess(outline: Outline) -> bool:
    """Whether the durations in the outline are a template's or a model's, and nobody's own."""
    return outline.origin.template is not None or outline.origin.model is not None
