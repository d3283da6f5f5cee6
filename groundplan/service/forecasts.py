"""The part of `PlanningService` that looks ahead: how a plan may turn out, and how well forecasts have held."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime

from groundplan.domain.calibration import Calibration, calibration
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.simulation import SAMPLES, Simulation, simulate
from groundplan.service.learning import Learning

MOST_SAMPLES = 1_000_000


class LooksAhead(ABC):
    """Simulation of plans, and what their forecasts were worth."""

    _clock: Callable[[], datetime]

    @property
    @abstractmethod
    def _learning(self) -> Learning: ...

    @abstractmethod
    async def get_plan(self, plan_id: str, version: int | None = None) -> ExecutionPlan: ...

    async def simulate(
        self, plan_id: str, *, samples: int = SAMPLES, seed: int = 0, deadline: datetime | None = None
    ) -> Simulation:
        """How what is left of the plan may turn out, from now on: finish, cost, tokens, and which tasks decide.

        Args:
            samples: how often it is simulated, 1 to 1,000,000.
            seed: the same seed, plan and moment give the same.
            deadline: instead of the goal's.

        Raises:
            PlanningError: E5002 for no such plan, E5801 for an altered one, E5600 for a number of samples out of range.
        """
        if not 1 <= samples <= MOST_SAMPLES:
            raise PlanningError(
                ErrorCode.VALIDATION_FAILED,
                f"A plan is simulated 1 to {MOST_SAMPLES:,} times, not {samples:,}",
                details={"samples": samples},
                recovery_suggestion=f"10,000 samples tell quantiles to about a hundredth: samples={SAMPLES}.",
            )
        plan, now = await self.get_plan(plan_id), self._clock()
        return await asyncio.to_thread(simulate, plan, now=now, samples=samples, seed=seed, deadline=deadline)

    async def calibration(self) -> Calibration:
        """How well forecasts held: the share of finished tasks that took what the 80 % interval said, and their bias.

        Over the latest 200 tasks of each tool or text, those of runs that ended just now among them.

        Raises:
            PlanningError: E5800 if the database is away.
        """
        return calibration(await self._learning.refresh())
