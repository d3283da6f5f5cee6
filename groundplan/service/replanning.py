"""The replanner of a service: by model where there is one, else by rules."""

from __future__ import annotations

from groundplan.run_state import Proposal, Setback
from groundplan.state import Context


class RuleReplanner:
    """Placeholder until wired."""

    async def propose(self, setback: Setback, context: Context) -> Proposal | None:
        return None


DEFAULT_REPLANNER = RuleReplanner()
