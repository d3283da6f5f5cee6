"""An effect in the ledger's own database: its changes and the outcome of its task are one transaction, exactly once.

    begin ─ the tool, on this connection ─ outcome ─ commit
                    │                                  └ nobody knows: look into the ledger, it has the outcome or not
                    └ the database is gone: nothing is left of it, again

Looking is safe after the lease was renewed: that waits for a commit that is still under way, as both need the run's
row.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.events import Event
from groundplan.domain.execution import Usage
from groundplan.domain.ledger import EntryKind, LedgerEntry
from groundplan.execution import outcome as outcomes
from groundplan.execution.journal import Claim
from groundplan.execution.outcome import Outcome
from groundplan.execution.protocols import TaskCall
from groundplan.execution.work import Masks, WorkLimits
from groundplan.stores.run_protocol import Lease, RunStore

Written = Callable[[Claim, Outcome], tuple[LedgerEntry, list[Event]]]
"""Turns an outcome into what the ledger is told of it."""
Result = TypeVar("Result")
_PAUSE = 0.25


class LedgerAwayError(Exception):
    """The ledger cannot be reached or is somebody else's, and it alone knows what became of the effect. `reason` is the
    error to end the run with."""

    def __init__(self, reason: PlanningError) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class _Try:
    """How far one transaction came."""

    raised: Exception | None = None
    lost: bool = False
    wrote: bool = False


class JoinedEffect:
    """Runs transactional effects for one run."""

    def __init__(self, lease: Lease, store: RunStore, limits: WorkLimits, written: Written) -> None:
        self._lease = lease
        self._store = store
        self._limits = limits
        self._written = written

    async def run(self, claim: Claim, call: TaskCall, masks: Masks | None = None) -> Outcome:
        """Do the work and write its outcome, masked, in one transaction; again if the database went away before it
        committed.

        Raises:
            LedgerAwayError: it stays away.
        """
        until = asyncio.get_running_loop().time() + self._limits.patience
        while True:
            tried = _Try()
            try:
                return await self._transaction(claim, call, masks, tried)
            except Exception as error:  # a tool may raise anything, and `_is_over` tells whose it is
                if _is_over(error, tried):
                    return outcomes.failed(tried.raised or error)
                if asyncio.get_running_loop().time() > until:
                    raise LedgerAwayError(_as_away(error)) from error
            done = await self._patiently(lambda: self._looked_up(claim), until) if tried.wrote else None
            if done is not None:
                return done
            await asyncio.sleep(_PAUSE)

    async def _transaction(self, claim: Claim, call: TaskCall, masks: Masks | None, tried: _Try) -> Outcome:
        claim.in_effect = True
        async with self._store.joined(self._lease) as joined:
            try:
                produced = await claim.executor.run(replace(call, connection=joined.connection))
                done = outcomes.masked(outcomes.completed(produced, self._limits.kept_output), masks)
                done = replace(done, written=True)
            except Exception as error:
                tried.raised, tried.lost = error, joined.is_lost
                raise
            # From here on it is not interrupted: a commit that is cut off may have happened.
            claim.in_effect = False
            tried.wrote = True
            await joined.write(*self._written(claim, done))
        return done

    async def _looked_up(self, claim: Claim) -> Outcome | None:
        await self._store.renew_lease(self._lease)
        for entry in await self._store.read_ledger(self._lease.run_id):
            known = (entry.task_id, entry.attempt, entry.kind)
            if known == (claim.task.task_id, claim.attempt, EntryKind.COMPLETED):
                usage = Usage(tokens=entry.tokens, cost=entry.cost)
                return Outcome(
                    kind=entry.kind, output=entry.output, usage=usage, record=entry.record or {}, written=True
                )
        return None

    async def _patiently(self, ask: Callable[[], Awaitable[Result]], until: float) -> Result:
        while True:
            try:
                return await ask()
            except PlanningError as error:
                if not _is_away(error) or asyncio.get_running_loop().time() > until:
                    raise LedgerAwayError(error) from error
            await asyncio.sleep(_PAUSE)


def _is_over(error: Exception, tried: _Try) -> bool:
    """Whether this is the attempt's end: its tool raised on a connection that stood, or the database refused it."""
    if tried.raised is not None:
        return not tried.lost
    return not _is_away(error)


def _as_away(error: Exception) -> PlanningError:
    if isinstance(error, PlanningError):
        return error
    return PlanningError(
        ErrorCode.STORE_UNAVAILABLE,
        "The connection that an effect shared with the ledger was lost again and again",
        recovery_suggestion="Resume the run when the database is back: nothing of the effect is left.",
    )


def _is_away(error: BaseException) -> bool:
    return isinstance(error, PlanningError) and error.code is ErrorCode.STORE_UNAVAILABLE
