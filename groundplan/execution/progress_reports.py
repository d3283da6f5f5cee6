"""What effects tell of their progress, as events: at most one a second for each task."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from groundplan.domain.events import EventType
from groundplan.execution.journal import Claim, Unit
from groundplan.execution.outcome import storable
from groundplan.execution.run_ledger import RunLedger

_APART = 1.0
_KEPT_NOTE = 200


class ProgressReports:
    """Turns reports into events. `tell` writes a unit without anybody waiting for it."""

    def __init__(self, ledger: RunLedger, tell: Callable[[Unit], None]) -> None:
        self._ledger = ledger
        self._tell = tell
        self._told: dict[str, float] = {}

    def reporter(self, claim: Claim) -> Callable[[float, str], None]:
        """What the claim's effect may call, from any thread."""
        loop = asyncio.get_running_loop()

        def report(share: float, note: str = "") -> None:
            loop.call_soon_threadsafe(self._heard, claim, share, note)

        return report

    def _heard(self, claim: Claim, share: float, note: str) -> None:
        now, task_id = asyncio.get_running_loop().time(), claim.task.task_id
        if claim.settled or now - self._told.get(task_id, -_APART) < _APART:
            return
        self._told[task_id] = now
        unit = self._ledger.unit()
        percent = round(100 * min(1.0, max(0.0, share)), 1)
        note = storable(note, _KEPT_NOTE)[:_KEPT_NOTE]
        unit.tell(EventType.TASK_PROGRESS, task_id, attempt=claim.attempt, percent=percent, note=note)
        self._tell(unit)
