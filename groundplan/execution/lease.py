"""Holding a run: the lease is renewed while the block lasts, and whoever loses it stops.

The database decides who holds a run (its clock, its epoch), so nothing here has to be right for the ledger to be safe.
What is kept here is the other half: not to begin an effect when the lease may have run out, because this process was
frozen or the database is away. Time is counted by a clock that goes on while the machine sleeps.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.ids import new_id
from groundplan.stores.run_protocol import Asked, Lease, RunStore

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_LONGEST_PAUSE = 1.0


def _now() -> float:
    return time.clock_gettime(_CLOCK)


def runner_name() -> str:
    """A name for a runner that no other has: host, process, and something random."""
    return f"{socket.gethostname()}:{os.getpid()}:{new_id()[:8]}"


class HeldLease:
    """A lease, renewed four times in its life (at least once a second).

    `on_asked` is called when a request lies at the run, `on_lost` once when another runner has taken over.
    """

    def __init__(self, store: RunStore, lease: Lease, taken_at: float) -> None:
        self.lease = lease
        self.lost: PlanningError | None = None
        self.on_asked: Callable[[Asked], None] = lambda asked: None  # noqa: ARG005
        self.on_lost: Callable[[PlanningError], None] = lambda error: None  # noqa: ARG005
        self._ended = False
        self._store = store
        self._until = taken_at + lease.seconds

    def is_sure(self) -> bool:
        """Whether the lease cannot have run out yet."""
        return self.lost is None and _now() < self._until

    async def renew(self) -> None:
        """Renew it now. Raises PlanningError: E5205 if it was taken over, E5800 if the database is away."""
        before = _now()
        try:
            asked = await self._store.renew_lease(self.lease)
        except PlanningError as error:
            if error.code is ErrorCode.RUN_CONFLICT and self.lost is None:
                self.lost = error
                self.on_lost(error)
            raise
        self._until = before + self.lease.seconds
        if asked is not None:
            self.on_asked(asked)

    def end(self) -> None:
        """Renew it no more. Beside a cancellation, because the driver may swallow one (`wait_for` of Python 3.11)."""
        self._ended = True

    async def keep(self) -> None:
        """Renew it again and again, until it is lost or this is cancelled."""
        pause = min(_LONGEST_PAUSE, self.lease.seconds / 4)
        while self.lost is None and not self._ended:
            await asyncio.sleep(pause)
            with suppress(PlanningError):  # away: tried again; taken over: `lost` says so
                await self.renew()


class Leases:
    """Takes leases for one process, each for `seconds` unless renewed."""

    def __init__(self, store: RunStore, seconds: float) -> None:
        self._store = store
        self._seconds = seconds
        self._held: dict[str, HeldLease] = {}

    @asynccontextmanager
    async def hold(self, run_id: str) -> AsyncIterator[HeldLease]:
        """Take the run's lease, keep it renewed, and give it back at the end.

        Raises:
            PlanningError: E5205 while another runner holds it, E5003 if there is no such run.
        """
        taken_at = _now()
        held = HeldLease(self._store, await self._store.take_lease(run_id, runner_name(), self._seconds), taken_at)
        self._held[run_id] = held
        keeper = asyncio.create_task(held.keep(), name=f"lease of {run_id}")
        try:
            yield held
        finally:
            del self._held[run_id]
            held.end()
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper
            with suppress(PlanningError):  # a lease that cannot be given back runs out by itself
                await self._store.release_lease(held.lease)

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[Leases]:
        """Leases that are held, once taken, until this block ends: a run is one runner's also between its nodes."""
        async with AsyncExitStack() as exits:
            yield _KeptLeases(self, exits)

    def epoch(self, run_id: str) -> int | None:
        """The epoch of the lease that is held here; None if none is."""
        held = self._held.get(run_id)
        return held.lease.epoch if held is not None else None

    async def nudge(self, run_id: str) -> None:
        """Let a runner of this process hear at once what is asked of it; others hear it when they renew."""
        held = self._held.get(run_id)
        if held is not None:
            with suppress(PlanningError):
                await held.renew()


class _KeptLeases(Leases):
    def __init__(self, leases: Leases, exits: AsyncExitStack) -> None:
        self._leases = leases
        self._exits = exits
        self._mine: dict[str, HeldLease] = {}

    @asynccontextmanager
    async def hold(self, run_id: str) -> AsyncIterator[HeldLease]:
        """The lease that is held already, if it is still sure; else as `Leases.hold`."""
        held = self._mine.get(run_id)
        if held is None:
            held = self._mine[run_id] = await self._exits.enter_async_context(self._leases.hold(run_id))
        elif not held.is_sure():
            await held.renew()
        yield held

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[Leases]:
        """These."""
        yield self

    def epoch(self, run_id: str) -> int | None:
        """See `Leases.epoch`."""
        held = self._mine.get(run_id)
        return held.lease.epoch if held is not None else None

    async def nudge(self, run_id: str) -> None:
        """See `Leases.nudge`."""
        await self._leases.nudge(run_id)
