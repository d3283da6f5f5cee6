"""One attempt's effect: from a committed claim to its outcome, and what became of one that was cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.events import Event
from groundplan.domain.ledger import EntryKind, LedgerEntry
from groundplan.domain.plan import ExecutionPlan
from groundplan.execution import outcome as outcomes
from groundplan.execution.journal import Claim
from groundplan.execution.outcome import Outcome
from groundplan.execution.protocols import InDoubtError, Reconciled, ReconcileVerdict, TaskCall
from groundplan.execution.work import Masks, Work
from groundplan.stores.run_protocol import Lease, RunStore

_REFERENCE = "secret://"
Written = Callable[[Claim, Outcome], tuple[LedgerEntry, list[Event]]]
"""Turns an outcome into what the ledger is told of it."""


class Effect:
    """Runs effects for one run.

    Args:
        plan: what the tasks belong to.
        lease: under which outcomes are written.
        written: how an outcome becomes an entry, for effects that write it in their own transaction.
    """

    def __init__(self, plan: ExecutionPlan, lease: Lease, store: RunStore, work: Work, written: Written) -> None:
        self._plan = plan
        self._lease = lease
        self._store = store
        self._work = work
        self._written = written

    async def run(self, claim: Claim, report: Callable[[float, str], None]) -> Outcome:
        """Do the work. Every exception of the executor becomes an outcome; cancellation passes through."""
        masks: Masks | None = None
        try:
            call, masks = await self._call(claim, report)
            if claim.executor.declaration(claim.task).transactional:
                return await self._joined(claim, call)
            return _masked(outcomes.completed(await claim.executor.run(call)), masks)
        except InDoubtError as error:
            return _masked(outcomes.cut_off(error, claim.executor.declaration(claim.task)), masks)
        except Exception as error:  # noqa: BLE001  # whatever a tool raises is the outcome of its task
            return _masked(outcomes.failed(error), masks)

    async def find_out(self, claim: Claim) -> Outcome | None:
        """What became of an effect that was cut off: its outcome, or None if it did not happen or may be repeated."""
        declaration = claim.executor.declaration(claim.task)
        if declaration.reconcile is not None:
            answer = await self._reconciled(claim, declaration.reconcile)
            if answer.verdict is ReconcileVerdict.DONE:
                record = {"reconciled": True}
                return Outcome(kind=EntryKind.COMPLETED, output=answer.output, record=record)
            if answer.verdict is ReconcileVerdict.NOT_DONE:
                return None
        # The outcome of a transactional effect is in the ledger if it happened, and it is not there.
        if declaration.idempotent or declaration.transactional:
            return None
        return outcomes.in_doubt("its runner is gone, and its tool cannot tell whether the effect happened")

    async def _call(self, claim: Claim, report: Callable[[float, str], None]) -> tuple[TaskCall, Masks | None]:
        inputs, masks = claim.inputs, None
        if inputs and _REFERENCE in repr(inputs):
            if self._work.secrets is None:
                raise _no_secrets(claim)
            inputs, masks = await self._work.secrets.reveal(claim.task, inputs)
        call = TaskCall(
            task=claim.task,
            plan_id=self._plan.plan_id,
            run_id=self._lease.run_id,
            attempt=claim.attempt,
            idempotency_key=claim.key,
            inputs=inputs,
            domain=self._work.domain(self._plan, claim.task),
            agent_id=claim.agent,
            report=report,
        )
        return call, masks

    async def _joined(self, claim: Claim, call: TaskCall) -> Outcome:
        """Do the work and write its outcome in one transaction."""
        async with self._store.joined(self._lease) as joined:
            produced = await claim.executor.run(replace(call, connection=joined.connection))
            done = replace(outcomes.completed(produced), written=True)
            await joined.write(*self._written(claim, done))
        return done

    async def _reconciled(self, claim: Claim, reconcile: Callable[[TaskCall], Awaitable[Reconciled]]) -> Reconciled:
        try:
            call, _ = await self._call(claim, lambda share, note: None)  # noqa: ARG005
            async with asyncio.timeout(claim.task.timeout_seconds or self._work.limits.timeout):
                return await reconcile(call)
        except Exception:  # noqa: BLE001  # who cannot be asked does not know
            return Reconciled(verdict=ReconcileVerdict.UNKNOWN)


def _masked(outcome: Outcome, masks: Masks | None) -> Outcome:
    """The outcome with every secret that its effect was given made unreadable."""
    if masks is None:
        return outcome
    error: BaseException | None = None
    if outcome.error is not None:
        error = _MaskedError(masks.mask(outcomes.described(outcome.error)), outcome.error)
    return replace(outcome, output=masks.mask(outcome.output), record=masks.mask(dict(outcome.record)), error=error)


class _MaskedError(PlanningError):
    """An error whose text was masked; `retryable` and names are those of the original."""

    def __init__(self, fields: dict[str, Any], original: BaseException) -> None:
        known = PlanningError.from_dict(fields)
        super().__init__(
            known.code,
            known.message,
            details=known.details,
            recovery_suggestion=known.recovery_suggestion,
            retryable=known.retryable if isinstance(original, PlanningError) else True,
        )


def _no_secrets(claim: Claim) -> PlanningError:
    return PlanningError(
        ErrorCode.BINDING_INVALID,
        f"Task {claim.task.task_id!r} refers to a secret, and no provider of secrets is configured",
        details={"task_id": claim.task.task_id},
        recovery_suggestion="Give PlanningService(secrets=…) a provider.",
    )
