"""Checkpoints of one run that are queued, not yet on disk.

LangGraph's durability `async` saves the checkpoints of a run one after the other while its nodes go on, so a run
waits for as many flushes as it has steps. The group commit keeps their order by itself: here a checkpoint counts
as saved when it is queued, is written with the next thing that somebody waits for, and the run waits for all of
them once, at its end.

What holds is what `async` promises, and no less: what is on disk is a beginning of the run; a run that has ended is
there as a whole; an error reaches the next checkpoint of the run, or its end. A killed run loses what it did in the
last `Limits.delay`, where LangGraph gives no bound.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Hashable, Sequence
from types import TracebackType
from typing import Any, Self

from groundplan.stores.postgres.group_commit import GroupCommit
from groundplan.stores.postgres.writes import Write

WRITE_BEHIND = "__groundplan_write_behind"
"""Where a run's config has its `WriteBehind`, under `configurable`. The underscores keep it out of the metadata."""

_MOST = 32
"""Units of one run that may be queued; one more waits for the first. That is the back pressure."""


class WriteBehind:
    """The queued checkpoints of a thread: `async with WriteBehind(writer, thread_id) as behind: …`, on disk at the end.

    Leaving it raises what one of them was refused with, unless an error is on its way already. Who is cancelled
    does not wait: what is queued is written all the same.
    """

    def __init__(self, writer: GroupCommit, thread_id: str) -> None:
        self.thread_id = thread_id
        self._writer = writer
        self._queued: deque[asyncio.Future[Any]] = deque()

    async def put(self, writes: Sequence[Write], keys: Collection[Hashable] = ()) -> None:
        """Queue a unit, and go on as soon as there is room for the next.

        Raises:
            PlanningError: what an earlier one was refused with; this one is not queued then.
        """
        self._check()
        unit = self._writer.put_off(writes, keys)
        unit.add_done_callback(_seen)
        self._queued.append(unit)
        if len(self._queued) > _MOST:
            self._writer.hurry()
            await asyncio.wait([self._queued[0]])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and not isinstance(error, Exception):
            return
        self._writer.hurry()
        if self._queued:
            await asyncio.wait(self._queued)
        if error is None:
            self._check()

    def _check(self) -> None:
        while self._queued and self._queued[0].done():
            self._queued.popleft().result()


def _seen(unit: asyncio.Future[Any]) -> None:
    unit.exception()  # else asyncio complains of an error that nobody asked for, when a run has ended by another
