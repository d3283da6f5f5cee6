"""What past runs say of the next plans, kept in the process: no plan pays a round trip for it."""

from __future__ import annotations

import asyncio
import contextlib

from groundplan.domain.errors import PlanningError
from groundplan.domain.learned_estimates import NOTHING_LEARNED, LearnedEstimates
from groundplan.domain.past_task import PastTask
from groundplan.stores.past_work import PastWork

_FRESH = 60.0
_PATIENCE = 1.0
_AT_MOST = 5


class Learning:
    """Estimates learned from past runs: read when first asked for, then anew in the background.

    Args:
        fresh: seconds after which they are read anew, by whoever asks next, who does not wait for it.
        patience: how long the first ones wait for the first answer, in seconds from the first question. A database that
            is slower, or away, leaves the priors.
    """

    def __init__(self, past_work: PastWork, *, fresh: float = _FRESH, patience: float = _PATIENCE) -> None:
        self._past_work = past_work
        self._fresh = fresh
        self._patience = patience
        self._learned = NOTHING_LEARNED
        self._read_at: float | None = None
        self._reading: asyncio.Task[None] | None = None
        self._first: asyncio.Task[None] | None = None
        self._first_until = 0.0

    async def current(self) -> LearnedEstimates:
        """What is known now. At once, but until the first answer in a process."""
        now = asyncio.get_running_loop().time()
        if self._read_at is None or now - self._read_at > self._fresh:
            self._read_at = now
            self._reading = asyncio.create_task(self._read_quietly())
        if self._first is None and self._reading is not None:
            self._first, self._first_until = self._reading, now + self._patience
        if self._first is not None and not self._first.done() and now < self._first_until:
            await asyncio.wait([self._first], timeout=self._first_until - now)
        return self._learned

    async def refresh(self) -> list[PastTask]:
        """Take in what has ended since, and learn from all that is kept; that is what is returned.

        Raises:
            PlanningError: E5800 if the database is away.
        """
        for _ in range(_AT_MOST):
            if not await self._past_work.take_in():
                break
        past = await self._past_work.latest()
        # Thousands of logarithms: not in the event loop's time.
        self._learned = await asyncio.to_thread(LearnedEstimates, past)
        return past

    async def aclose(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])

    async def _read_quietly(self) -> None:
        with contextlib.suppress(PlanningError):  # whoever plans goes on with what is known
            await self.refresh()
