"""Wishes to plan a run's rest anew that are no more than that: where there is no room for one, it is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.run_protocol import Asked, RunStore


async def wish(runs: RunStore, run_id: str, said: Mapping[str, Any]) -> bool:
    """Whether the wish was left: not where another request lies, nor at a run that is over."""
    try:
        return await runs.ask(run_id, Asked("replan", said))
    except PlanningError as error:
        if error.code is not ErrorCode.ILLEGAL_TRANSITION:
            raise
        return False
