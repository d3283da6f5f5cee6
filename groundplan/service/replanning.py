"""The replanner of a service: by its model where there is one, else by rules."""

from __future__ import annotations

from groundplan.decomposition.replanning import ReplanLimits
from groundplan.decomposition.replanning import Replanner as OnePlansReplanner
from groundplan.run_state import Proposal, Setback
from groundplan.state import Context


class ServiceReplanner:
    """Asks the planner's own model, within `limits` for each replan; see docs/replanning.md."""

    def __init__(self, limits: ReplanLimits | None = None) -> None:
        self._limits = limits or ReplanLimits()

    async def propose(self, setback: Setback, context: Context) -> Proposal | None:
        """See `Replanner.propose`. Raises PlanningError E5102 or E5103 if only the model could help, and is away."""
        model = context.chat_model()
        asker = None
        if model is not None:
            asker = self._limits.asker(
                model, context.model_name, context.answers, setback.run_id, context.settings.model
            )
        replanner = OnePlansReplanner(
            context.surroundings(setback.goal, setback.standing),
            asker=asker,
            limits=self._limits,
            notes=context.notes,
        )
        found = await replanner.propose(setback)
        if found is None:
            return None
        return Proposal(patch=found.patch, why=found.why, by=found.by, calls=found.calls, tokens=found.tokens)


DEFAULT_REPLANNER = ServiceReplanner()
