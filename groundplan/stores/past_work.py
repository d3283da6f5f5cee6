"""What learning asks of its store: what finished tasks took. One contract suite runs over all implementations."""

from __future__ import annotations

from typing import Protocol

from groundplan.domain.past_task import PastTask

KEPT = 200
"""How many tasks of each tool or text are kept, the latest ones."""
RUNS_AT_ONCE = 20
TASKS_OF_A_RUN = 500
"""Of a larger run the tasks that were finished last are taken in."""


class PastWork(Protocol):
    """What finished tasks took, taken from the ledgers of runs that have ended.

    Every method has committed when it returns, and may be repeated. Errors are `PlanningError`: E5800 when the database
    is away.
    """

    async def take_in(self, limit: int = RUNS_AT_ONCE) -> int:
        """Keep what the tasks of runs took that have ended since, the latest runs first; of how many runs.

        Each run is taken in once, and so is a piece of work that one run took over from another. Repetitions of runs
        (`forked_from`) are left out, and so are tasks that failed, that were in doubt, or that the plan no longer has.
        0 also where another process is at it.
        """
        ...

    async def latest(self, limit: int = 20_000) -> list[PastTask]:
        """What is kept, the latest first: at most `KEPT` tasks of each tool or text."""
        ...
