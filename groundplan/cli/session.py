"""A command's way to the planning service: open it, do one thing, close it, also on Ctrl-C."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from groundplan.cli.interrupted import Interrupted
from groundplan.cli.logs import configure_logs

if TYPE_CHECKING:
    from groundplan.service import PlanningService

Result = TypeVar("Result")


def with_service(
    work: Callable[[PlanningService], Awaitable[Result]], *, notes: str = "", app: str | None = None, **settings: Any
) -> Result:
    """What `work` returns, given an open service. `settings` that are not None win over the environment's; `app`
    names the tools, agents and executors (see `apps`).

    Raises:
        Interrupted: on Ctrl-C, after the service was closed.
    """
    from groundplan.cli.apps import load_app
    from groundplan.service import PlanningService, Settings

    async def opened() -> Result:
        given = load_app(app)
        if notes:
            given["notes"] = notes
        async with PlanningService(settings=Settings.load(**settings), **given) as service:
            gc.freeze()  # what was imported stays until the end: no collection has to look at it again
            return await work(service)

    return run_async(opened)


def run_async(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """What `work` returns. Logs go to stderr. Raises `Interrupted` on Ctrl-C, when it has cleaned up."""
    import asyncio

    configure_logs()
    try:
        return asyncio.run(work())
    except (KeyboardInterrupt, asyncio.CancelledError) as stop:
        raise Interrupted from stop
