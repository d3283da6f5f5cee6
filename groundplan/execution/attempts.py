"""One attempt after its claim is committed: the effect, its time, and what it came to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from groundplan.domain.errors import PlanningError
from groundplan.domain.ledger import EntryKind
from groundplan.execution import failures
from groundplan.execution import outcome as outcomes
from groundplan.execution.effect import Effect
from groundplan.execution.joined_effect import LedgerAwayError
from groundplan.execution.journal import Claim
from groundplan.execution.outcome import Outcome
from groundplan.execution.retrying import delay_before, is_retried
from groundplan.execution.run_ledger import RunLedger
from groundplan.execution.stopping import Stop
from groundplan.execution.work import Work

Report = Callable[[float, str], None]
Conclude = Callable[[Claim, Outcome], Awaitable[None]]


class Attempts:
    """Makes the attempts of one run.

    Args:
        conclude: takes in what an attempt came to, once for each.
        give_up: ends the runner: a database that stays away, another runner that took over, a bug of ours.
        reporter: makes what an effect tells its progress to.
    """

    def __init__(
        self,
        effect: Effect,
        ledger: RunLedger,
        work: Work,
        stop: Stop,
        conclude: Conclude,
        give_up: Callable[[BaseException], None],
        reporter: Callable[[Claim], Report],
    ) -> None:
        self._effect = effect
        self._ledger = ledger
        self._work = work
        self._stop = stop
        self._conclude = conclude
        self._give_up = give_up
        self._reporter = reporter
        self._aside: set[asyncio.Task[None]] = set()
        self._is_over = False

    def start(self, claim: Claim) -> None:
        """Begin the effect of a committed claim."""
        loop = asyncio.get_running_loop()
        claim.began = loop.time()
        claim.work = loop.create_task(self._attempt(claim))

    def interrupt(self, claim: Claim) -> None:
        """Cancel the effect; after the grace time do without it."""
        if claim.work is not None and claim.in_effect:
            claim.work.cancel()
            asyncio.get_running_loop().call_later(self._work.limits.grace, self._abandon, claim)

    def end(self) -> list[asyncio.Task[None]]:
        """Nothing is concluded any more: what still goes on beside the claims, to be cancelled."""
        self._is_over = True
        return [task for task in self._aside if not task.done()]

    async def _attempt(self, claim: Claim) -> None:
        try:
            outcome = await self._recovered(claim) if claim.recovers else await self._effected(claim)
        except asyncio.CancelledError:
            error = self._why_cut_off(claim)
            if error is None:
                raise
            outcome = await self._effect.cut_off(claim, error)
            if self._stop.is_cancelled and outcome.kind is EntryKind.FAILED:
                outcome = self._cancelled(claim, error)
        except LedgerAwayError as error:
            self._give_up(error.reason)
            return
        except Exception as error:  # noqa: BLE001  # a bug of ours, or a database that stays away: the run stops
            self._give_up(error)
            return
        except BaseException as error:
            self._give_up(error)  # nobody must wait for an attempt that will never end
            raise
        if not claim.settled:
            await self._conclude(claim, self._retried(claim, outcome))

    async def _effected(self, claim: Claim) -> Outcome:
        await self._ledger.make_sure()
        if self._stop.is_cancelled:
            return Outcome(kind=EntryKind.CANCELLED)
        timer = asyncio.get_running_loop().call_later(self._seconds(claim), self._expire, claim)
        claim.in_effect = True
        try:
            return await self._effect.run(claim, self._reporter(claim))
        finally:
            claim.in_effect = False
            timer.cancel()

    async def _recovered(self, claim: Claim) -> Outcome:
        found = await self._effect.find_out(claim)
        if found is None:
            return Outcome(kind=EntryKind.RETRYING, retry_in=0.0, error=failures.repeatable())
        return found

    def _seconds(self, claim: Claim) -> float:
        return claim.task.timeout_seconds or self._work.limits.timeout

    def _expire(self, claim: Claim) -> None:
        claim.expired = True
        self.interrupt(claim)

    def _abandon(self, claim: Claim) -> None:
        """The effect ignores that it was cancelled. One that has ended since is only being asked what became of it."""
        if claim.settled or self._is_over or not claim.in_effect or claim.work is None:
            return
        why = "it was told to stop and did not; it may still be running"
        giving_up = asyncio.ensure_future(self._conclude(claim, outcomes.in_doubt(why)))
        for task in (claim.work, giving_up):
            self._aside.add(task)
            task.add_done_callback(self._aside.discard)

    def _why_cut_off(self, claim: Claim) -> PlanningError | None:
        """Why this attempt was cancelled; None if the whole run is being torn down."""
        if claim.expired:
            return outcomes.timed_out(self._seconds(claim))
        if self._stop.is_cancelled and not self._is_over:
            return failures.cancelled()
        return None

    def _cancelled(self, claim: Claim, error: PlanningError) -> Outcome:
        """What was cancelled in the middle and could be repeated, but will not be: it may have had its effect."""
        declaration = claim.executor.declaration(claim.task)
        may_have_happened = declaration.idempotent and not declaration.pure and declaration.reconcile is None
        return Outcome(kind=EntryKind.IN_DOUBT, error=error) if may_have_happened else Outcome(kind=EntryKind.CANCELLED)

    def _retried(self, claim: Claim, outcome: Outcome) -> Outcome:
        """The outcome, as another attempt if the policy has one left."""
        if outcome.kind is not EntryKind.FAILED or outcome.error is None or self._stop.is_final:
            return outcome
        policy, tries = claim.task.retry_policy, self._ledger.state(claim.task.task_id).tries
        if not is_retried(policy, tries, outcome.error):
            return outcome
        return replace(outcome, kind=EntryKind.RETRYING, retry_in=delay_before(policy, tries, self._work.rng))
