"""Work in the event loop or in a thread, as a future that may outlive the call that waits for it."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any

from groundplan.domain.errors import ErrorCode, PlanningError

Join = Callable[[], "asyncio.Future[Any]"]
"""Gives a future of the work for the event loop that runs now."""


def in_loop(work: Callable[[], Coroutine[Any, Any, Any]], context: Context) -> Join:
    """Start a coroutine as a task of its own, so that one that ignores being cancelled can be left behind."""
    task = asyncio.get_running_loop().create_task(_contained(work), context=context)
    return lambda: task


def in_thread(work: Callable[[], Any], context: Context) -> Join:
    """Start a function in a thread of its own.

    Not in a pool: a few hung functions would fill it, and at its end the interpreter waits for the pools' threads.
    """
    future: concurrent.futures.Future[Any] = concurrent.futures.Future()
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            future.set_result(context.run(work))
        except BaseException as error:  # noqa: BLE001  # whatever happened belongs into the future that shows it
            future.set_exception(_named(error))

    threading.Thread(target=run, daemon=True, name="groundplan-task").start()
    return lambda: asyncio.wrap_future(future)


async def _contained(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    try:
        return await work()
    except (Exception, asyncio.CancelledError, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001  # whatever else there is must not end the event loop
        raise _named(error) from None


def _named(error: BaseException) -> BaseException:
    """The error; as E5207 those that mean something to the event loop itself, and those that no handler expects (a
    panic in an extension): it would end or hang."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    return PlanningError(
        ErrorCode.TASK_FAILED,
        f"The task's code raised {type(error).__name__}",
        recovery_suggestion="Let it raise an Exception that says what went wrong.",
    )
