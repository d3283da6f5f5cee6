"""A run's ledger as its runner sees it: the states that follow from it, and new units of it."""

from __future__ import annotations

import asyncio
from typing import Any

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.events import Event
from groundplan.domain.ledger import EntryKind, LedgerEntry, TaskState
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.pricing import charge
from groundplan.execution import outcome as outcomes
from groundplan.execution.arguments import canonical_text, kept
from groundplan.execution.journal import Claim, Unit
from groundplan.execution.lease import HeldLease
from groundplan.execution.outcome import Outcome
from groundplan.execution.work import Work
from groundplan.stores.run_protocol import RunStore

_PAUSE = 0.25


class RunLedger:
    """The states of a run's tasks, kept current with every line that is written under its lease."""

    def __init__(self, states: dict[str, TaskState], held: HeldLease, store: RunStore, work: Work) -> None:
        self.states = states
        self._held = held
        self._store = store
        self._work = work

    def unit(self) -> Unit:
        """An empty unit, to be filled and committed."""
        return Unit(self._held.lease, self._work.clock())

    def state(self, task_id: str) -> TaskState:
        """Where the task stands; from now on it has a state."""
        state = self.states.get(task_id)
        if state is None:
            state = self.states[task_id] = TaskState()
        return state

    def status(self, task_id: str) -> TaskStatus:
        """The task's status."""
        state = self.states.get(task_id)
        return state.status if state else TaskStatus.PENDING

    def enter(
        self,
        unit: Unit,
        task_id: str,
        attempt: int,
        kind: EntryKind,
        *,
        error: dict[str, Any] | None = None,
        record: dict[str, Any] | None = None,
        **told: Any,
    ) -> None:
        """A line about a task of which nothing was begun now; `told` goes into its event."""
        entry = LedgerEntry(
            task_id=task_id,
            attempt=attempt,
            kind=kind,
            at=unit.at,
            error=error,
            record=record,
            epoch=self._held.lease.epoch,
        )
        self.state(task_id).apply(unit.add(entry, **told))

    def enter_claim(self, unit: Unit, claim: Claim) -> None:
        """The line that has to be there before the effect begins."""
        text = canonical_text(claim.inputs)
        entry = LedgerEntry(
            task_id=claim.task.task_id,
            attempt=claim.attempt,
            kind=EntryKind.CLAIMED,
            at=unit.at,
            agent=claim.agent,
            key=claim.key,
            arguments=kept(claim.inputs, text, self._work.limits.kept_arguments),
            tokens=claim.reserved[0],
            cost=claim.reserved[1],
            epoch=self._held.lease.epoch,
        )
        self.state(claim.task.task_id).apply(unit.add(entry))
        unit.claims.append(claim)

    def enter_outcome(self, unit: Unit, claim: Claim, outcome: Outcome) -> LedgerEntry:
        """The line of how an attempt ended, unless the effect's own transaction has written it."""
        entry, events = self.entry_of(claim, outcome)
        self.state(claim.task.task_id).apply(entry)
        if not outcome.written:
            unit.entries.append(entry)
            unit.events += events
        return entry

    def entry_of(self, claim: Claim, outcome: Outcome) -> tuple[LedgerEntry, list[Event]]:
        """An outcome as a line, with the event that tells of it."""
        error = outcome.told
        if error is None and outcome.error is not None:
            error = outcomes.described(outcome.error)
        record = dict(outcome.record)
        if outcome.retry_in is not None:
            record["retry_in_seconds"] = round(outcome.retry_in, 3)
        unit = self.unit()
        entry = LedgerEntry(
            task_id=claim.task.task_id,
            attempt=claim.attempt,
            kind=outcome.kind,
            at=unit.at,
            agent=claim.agent,
            output=outcome.output,
            error=error,
            tokens=outcome.usage.tokens,
            cost=outcome.usage.cost or self._charge(claim, outcome),
            record=record or None,
            epoch=self._held.lease.epoch,
        )
        unit.add(entry, **_told(claim, error))
        return entry, unit.events

    def _charge(self, claim: Claim, outcome: Outcome) -> float:
        """What an attempt has cost whose executor did not say; one that was cut off counts as made."""
        if outcome.kind is EntryKind.CANCELLED:
            return 0.0
        return charge(claim.task, outcome.usage.tokens, self._work.prices, _seconds(claim))

    async def commit(self, unit: Unit) -> None:
        """Write the unit, again and again while the database is away (for as long as the limits say)."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._work.limits.patience
        while True:
            try:
                await self._store.append(self._held.lease, unit.entries, unit.events)
                return
            except PlanningError as error:
                if error.code is not ErrorCode.STORE_UNAVAILABLE or loop.time() > until:
                    raise
            await asyncio.sleep(_PAUSE)

    async def make_sure(self) -> None:
        """Before an effect: this runner still holds the run. Waits for a database that is away.

        Raises:
            PlanningError: E5205 if another runner took over, E5800 if the database stays away.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + self._work.limits.patience
        while not self._held.is_sure():
            try:
                await self._held.renew()
            except PlanningError as error:
                if error.code is not ErrorCode.STORE_UNAVAILABLE or loop.time() > until:
                    raise
                await asyncio.sleep(_PAUSE)


def _seconds(claim: Claim) -> float:
    return asyncio.get_running_loop().time() - claim.began if claim.began else 0.0


def _told(claim: Claim, error: dict[str, Any] | None) -> dict[str, Any]:
    seconds = round(_seconds(claim), 4)
    return {"seconds": seconds} if error is None else {"seconds": seconds, "code": error["code"]}
