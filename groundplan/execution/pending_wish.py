"""A wish to plan the rest of a run anew, until the moment when nothing of the run is at work.

    nothing at work                        it is followed
    only tasks that will end soon at work  nothing more is begun until they have ended
    else                                   the run goes on beside them, but for the tasks that the wish is about

Soon is within max(`least`, 2 · pessimistic duration). What people and outside systems do may take them days, and what
is stuck ends at its time-out: nobody's wish stops the rest of a plan behind that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from groundplan.domain.task import Task
from groundplan.execution.journal import Claim
from groundplan.execution.outside import OutsideWork
from groundplan.stores.run_protocol import HOLDS, Asked

_FACTOR = 2.0


class PendingWish:
    """What was wished, if anything; false while nothing is.

    Args:
        least: seconds that a task at work is waited for in any case.
        go_on: is called when what is at work was waited for long enough.
    """

    def __init__(self, least: float, go_on: Callable[[], None]) -> None:
        self.why = ""
        self.holds: frozenset[str] = frozenset()
        self._least = least
        self._go_on = go_on
        self._timer: asyncio.TimerHandle | None = None
        self._is_patient = True

    def __bool__(self) -> bool:
        return bool(self.why)

    def hear(self, asked: Asked) -> None:
        """Take it up; a later one takes its place."""
        by = str(asked.said.get("by") or "somebody")
        self.why = f"asked by {by}"
        self.holds = frozenset(asked.said.get(HOLDS, ()))

    def comes_first(self, at_work: Collection[Claim]) -> bool:
        """Whether nothing is begun before it is followed, or before the wait for these is over."""
        if not at_work:
            return bool(self)
        if not self or not self._is_patient or any(isinstance(claim.executor, OutsideWork) for claim in at_work):
            return False
        if self._timer is None:
            seconds = max(self._least, *(_FACTOR * _pessimistic(claim.task) for claim in at_work))
            self._timer = asyncio.get_running_loop().call_later(seconds, self._lose_patience)
        return True

    def forget(self) -> None:
        """Wait for nothing more."""
        if self._timer is not None:
            self._timer.cancel()

    def _lose_patience(self) -> None:
        self._is_patient = False
        self._go_on()


def _pessimistic(task: Task) -> float:
    return task.resource_estimate.duration.pessimistic if task.resource_estimate is not None else 0.0
