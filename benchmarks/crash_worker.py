"""The process that the crash matrix kills: it goes on with a trial, and tells its parent how that ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from typing import Any

from crash_fuse import Fuse, Point
from crash_langgraph import run_langgraph
from crash_ours import run_ours
from crash_trial import Trial

BEGAN = "began"
CONTESTANTS: dict[str, Callable[[Trial, Fuse, Callable[[], None]], Awaitable[bool]]] = {
    "ours": run_ours,
    "langgraph": run_langgraph,
}


def work(trial: Trial, point: Point | None, nth: int, parent: Connection) -> None:
    """Send `began` to the parent, then whether the run is complete, or the error as text."""

    async def go_on() -> bool:
        return await CONTESTANTS[trial.contestant](trial, Fuse(point, nth), lambda: parent.send(BEGAN))

    ended: Any
    try:
        ended = asyncio.run(go_on())
    except Exception as error:  # noqa: BLE001  # whatever it is, the trial is what has to say it
        ended = f"{type(error).__name__}: {error}"
    parent.send(ended)
