"""One attempt's effect: from a committed claim to its outcome, and what became of one that was cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.ledger import EntryKind
from groundplan.domain.plan import ExecutionPlan
from groundplan.execution import outcome as outcomes
from groundplan.execution.joined_effect import JoinedEffect, LedgerAwayError, Written
from groundplan.execution.journal import Claim
from groundplan.execution.outcome import Outcome
from groundplan.execution.protocols import InDoubtError, Produced, Reconciled, ReconcileVerdict, TaskCall
from groundplan.execution.retrying import is_ambiguous, names_of
from groundplan.execution.work import Masks, Work
from groundplan.stores.run_protocol import Lease, RunStore

_REFERENCE = "secret://"


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
        self._work = work
        self._joined = JoinedEffect(lease, store, work.limits, written)

    async def run(self, claim: Claim, report: Callable[[float, str], None]) -> Outcome:
        """Do the work. Every exception of the executor becomes an outcome; cancellation from outside passes through.

        Raises:
            LedgerAwayError: the effect is in the ledger's database, which stays away.
        """
        masks: Masks | None = None
        try:
            call, masks = await self._call(claim, report)
            return outcomes.masked(await self._done(claim, call, masks), masks)
        except LedgerAwayError:
            raise
        except InDoubtError as error:
            return outcomes.masked(await self.cut_off(claim, error), masks)
        except asyncio.CancelledError:
            if _is_cancelled_from_outside():
                raise
            return await self.cut_off(claim, InDoubtError("its code cancelled itself"))
        except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a tool raises is the outcome of its task
            return outcomes.masked(await self._failed(claim, error), masks)

    async def _failed(self, claim: Claim, error: BaseException) -> Outcome:
        """What an error says of the effect: that it did not happen, but for one that only says that no answer came."""
        declaration = claim.executor.declaration(claim.task)
        harmless = declaration.pure or declaration.transactional
        if harmless and isinstance(error, PlanningError):
            error.details.pop("effect", None)
        if harmless or not is_ambiguous(error) or not names_of(error).isdisjoint(claim.task.retry_policy.retry_on):
            return outcomes.failed(error)
        return await self.cut_off(claim, error)

    async def cut_off(self, claim: Claim, error: BaseException) -> Outcome:
        """What became of an effect that was stopped in the middle: failed if it did not happen or may be repeated."""
        claim.in_effect = False  # from here on it is only asked what became of it
        declaration = claim.executor.declaration(claim.task)
        if declaration.reconcile is not None:
            found = await self._reconciled(claim)
            if found is not None:
                return found if found.kind is EntryKind.COMPLETED else outcomes.failed(error)
        return outcomes.cut_off(error, declaration)

    def can_find_out(self, claim: Claim) -> bool:
        """Whether nobody has to be asked what became of this effect."""
        declaration = claim.executor.declaration(claim.task)
        return declaration.idempotent or declaration.transactional or declaration.reconcile is not None

    async def find_out(self, claim: Claim) -> Outcome | None:
        """What became of an effect whose runner is gone; None if it did not happen or may be repeated."""
        declaration = claim.executor.declaration(claim.task)
        if declaration.reconcile is not None:
            found = await self._reconciled(claim)
            if found is not None:
                return found if found.kind is EntryKind.COMPLETED else None
        # The outcome of a transactional effect is in the ledger if it happened, and it is not there.
        if declaration.idempotent or declaration.transactional:
            return None
        return outcomes.in_doubt("its runner is gone, and its tool cannot tell whether the effect happened")

    async def _done(self, claim: Claim, call: TaskCall, masks: Masks | None) -> Outcome:
        if claim.executor.declaration(claim.task).transactional:
            return await self._joined.run(claim, call, masks)
        return outcomes.completed(await claim.executor.run(call), self._work.limits.kept_output)

    async def _call(self, claim: Claim, report: Callable[[float, str], None]) -> tuple[TaskCall, Masks | None]:
        # Roles are those of the agent that does it, also where a runner that is gone had found it.
        doer = claim.task if claim.agent is None else claim.task.model_copy(update={"assigned_agent": claim.agent})
        self._work.access.check_tool(doer)
        inputs, masks = claim.inputs, None
        if claim.task.inputs and _REFERENCE in repr(claim.task.inputs):
            if self._work.secrets is None:
                raise _no_secrets(claim)
            inputs, masks = await self._work.secrets.reveal(doer, inputs)
        call = TaskCall(
            task=claim.task,
            plan_id=self._plan.plan_id,
            run_id=self._lease.run_id,
            attempt=claim.attempt,
            idempotency_key=claim.key,
            inputs=inputs,
            domain=self._work.domain(self._plan, claim.task),
            agent_id=claim.agent,
            report=_masked_report(report, masks),
        )
        return call, masks

    async def _reconciled(self, claim: Claim) -> Outcome | None:
        """The tool's own answer: completed, failed (it did not happen), or None if it does not know."""
        try:
            async with asyncio.timeout(self._work.limits.reconcile):
                call, masks = await self._call(claim, lambda share, note: None)  # noqa: ARG005
                answer = await self._asked(claim, call)
            if answer.verdict is ReconcileVerdict.NOT_DONE:
                return Outcome(kind=EntryKind.FAILED)
            if answer.verdict is ReconcileVerdict.DONE:
                produced = Produced(output=answer.output, record={"reconciled": True})
                return outcomes.masked(outcomes.completed(produced, self._work.limits.kept_output), masks)
        except Exception:  # noqa: BLE001, S110  # who cannot be asked does not know
            pass
        return None

    @staticmethod
    async def _asked(claim: Claim, call: TaskCall) -> Reconciled:
        reconcile = claim.executor.declaration(claim.task).reconcile
        return await reconcile(call) if reconcile else Reconciled(verdict=ReconcileVerdict.UNKNOWN)


def _is_cancelled_from_outside() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _masked_report(report: Callable[[float, str], None], masks: Masks | None) -> Callable[[float, str], None]:
    """What tells of progress, with the secrets in its notes made unreadable: notes become events."""
    if masks is None:
        return report

    def told(share: float, note: str = "") -> None:
        report(share, str(masks.mask(note)))

    return told


def _no_secrets(claim: Claim) -> PlanningError:
    return PlanningError(
        ErrorCode.BINDING_INVALID,
        f"Task {claim.task.task_id!r} refers to a secret, and no provider of secrets is configured",
        details={"task_id": claim.task.task_id},
        recovery_suggestion="Give PlanningService(secrets=…) a provider.",
    )
