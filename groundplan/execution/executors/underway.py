"""Waiting for work, and the truth about it when the wait is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.execution.executors.work import Join
from groundplan.execution.protocols import Declaration, InDoubtError, Reconcile, Reconciled, ReconcileVerdict, TaskCall


class Underway:
    """Work by idempotency key, also such as goes on although nobody waits for it any more.

    A thread cannot be stopped, and a coroutine may ignore that it is cancelled. Cancelling the wait therefore ends in
    one of these:

    - the work came to its end within the grace time: its result or error, as if it had not been cancelled;
    - it was stopped in the middle: `CancelledError` if that is harmless (idempotent, transactional), if not
      `InDoubtError`;
    - it still goes on: `InDoubtError`. The next call with the same key waits for that same work, instead of doing it
      a second time beside it, and `reconcile` is not asked before it has ended.
    """

    def __init__(self, grace_seconds: float) -> None:
        self._grace = grace_seconds
        self._left: dict[str, Join] = {}

    async def result(self, call: TaskCall, start: Callable[[], Join], declared: Declaration) -> Any:
        """What the work gives, started anew or joined."""
        # What joined another transaction, which is rolled back, is of no use to this one.
        join = (None if declared.transactional else self._left.get(call.idempotency_key)) or start()
        work = join()
        try:
            if not work.done():
                await asyncio.wait([work])
        except asyncio.CancelledError:
            stopped = await self._stop(call, join, work)
            if stopped and (declared.idempotent or declared.transactional):
                raise
            if stopped:
                raise InDoubtError(f"{_name(call)} was stopped in the middle") from None
        self._left.pop(call.idempotency_key, None)
        return _result(call, work)

    def guarded(self, declared: Declaration) -> Declaration:
        """The declaration, with a `reconcile` that says "unknown" while the work itself still goes on."""
        if declared.reconcile is None:
            return declared
        return replace(declared, reconcile=self._asked_later(declared.reconcile))

    async def _stop(self, call: TaskCall, join: Join, work: asyncio.Future[Any]) -> bool:
        """Whether the work was stopped before its end. A thread is only waited for, as nothing can stop it."""
        in_loop = isinstance(work, asyncio.Task)
        if in_loop:
            work.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait([work], timeout=self._grace)
        if not work.done():
            self._left[call.idempotency_key] = join
            work.add_done_callback(_seen)
            raise InDoubtError(f"{_name(call)} cannot be stopped and goes on") from None
        return in_loop and (work.cancelled() or work.exception() is not None)

    def _asked_later(self, reconcile: Reconcile) -> Reconcile:
        async def asked(call: TaskCall) -> Reconciled:
            join = self._left.get(call.idempotency_key)
            if join is not None and not (await asyncio.wait([join()], timeout=0))[0]:
                return Reconciled(verdict=ReconcileVerdict.UNKNOWN)
            self._left.pop(call.idempotency_key, None)
            return await reconcile(call)

        return asked


def _result(call: TaskCall, work: asyncio.Future[Any]) -> Any:
    if work.cancelled():
        raise PlanningError(
            ErrorCode.TASK_FAILED,
            f"{_name(call)} cancelled itself",
            details={"task_id": call.task.task_id},
            recovery_suggestion="Let the task's code raise an Exception that says what went wrong.",
        )
    return work.result()


def _seen(work: asyncio.Future[Any]) -> None:
    """Fetch the error of work that nobody waits for, or asyncio complains when it is thrown away."""
    if not work.cancelled():
        work.exception()


def _name(call: TaskCall) -> str:
    return f"Task {call.task.task_id!r} ({call.task.tool or call.task.name!r})"
