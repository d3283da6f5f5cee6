"""How a process of the crash matrix dies: by SIGKILL from its own hand, the n-th time that it comes to a point."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from enum import StrEnum

_IN_FLIGHT = 0.0015
"""Seconds within which a commit that was sent is cut off: about as long as one takes."""


class Point(StrEnum):
    """Where a process is killed.

    BEFORE_CLAIM       a claim is about to be committed      LangGraph: a checkpoint is about to be written
    AFTER_CLAIM        it is committed, the effect not begun            it is written
    MID_EFFECT         inside the tool, before or after the effect itself
    EFFECT_TO_OUTCOME  the tool has returned, its outcome is not on its way   (a task's writes)
    OUTCOME_COMMIT     the outcome is being committed                         (a task's writes)
    GROUP_COMMIT       several lines are being committed in one transaction   (the checkpoint of a wave)
    RANDOM             any time, by the parent process
    """

    BEFORE_CLAIM = "before_claim"
    AFTER_CLAIM = "after_claim"
    MID_EFFECT = "mid_effect"
    EFFECT_TO_OUTCOME = "effect_to_outcome"
    OUTCOME_COMMIT = "outcome_commit"
    GROUP_COMMIT = "group_commit"
    RANDOM = "random"


class Fuse:
    """Kills its process at the `nth` time at `point`; never without a point."""

    def __init__(self, point: Point | None, nth: int) -> None:
        self._point = point
        self._left = nth

    def at(self, point: Point) -> None:
        """The process is there now."""
        if self._is_due(point):
            burn()

    def soon_after(self, point: Point) -> None:
        """What the process begins now takes a moment: it is killed somewhere in it."""
        if self._is_due(point):
            asyncio.get_running_loop().call_later(random.uniform(0, _IN_FLIGHT), burn)

    def _is_due(self, point: Point) -> bool:
        if point is not self._point:
            return False
        self._left -= 1
        return self._left == 0


def burn() -> None:
    """End this process at once, as nothing else does: nothing is flushed, closed or said."""
    os.kill(os.getpid(), signal.SIGKILL)
