"""The line to the server: whether it stands, and hanging up on a server that has fallen silent."""

from __future__ import annotations

import asyncio
import math
import os
import select
import socket
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

T = TypeVar("T")
Alive = Callable[[], Awaitable[bool]]
"""Asks, over a new connection, whether the server answers anybody; takes at most a second or so."""

SILENCE = 3.0
"""Seconds without an answer after which that is asked."""


_TURN = 0.05


async def heard_within(seconds: float, answer: Coroutine[Any, Any, T]) -> T:
    """What `answer` returns, if it does so in time. Only time in which this process could listen counts: while a large
    plan keeps the event loop busy, no server can make itself heard.

    Raises:
        TimeoutError: it did not, and was cancelled.
    """
    asking = asyncio.ensure_future(answer)
    try:
        for _ in range(math.ceil(seconds / _TURN)):
            done, _ = await asyncio.wait({asking}, timeout=_TURN)
            if done:
                return asking.result()
        raise TimeoutError
    finally:
        asking.cancel()


async def check_line(connection: AsyncConnection[Any]) -> None:
    """Whether a pooled connection still stands; raises what the pool takes as no.

    A server that went away has closed the line, and the kernel says so: an idle line has nothing to read. Only
    one that has is asked, because asking each time costs as much as a small query.
    """
    line = select.poll()
    line.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    if line.poll(0):
        await AsyncConnectionPool.check_connection(connection)


class Watch:
    """While this context lasts, a connection is cut when its server answers nobody any more.

    Whoever waits on it then gets `OperationalError` at once. A server that is merely slow is waited for.
    (A timeout would cancel the query instead, and the driver asks the server to do that, for many seconds.)
    """

    __slots__ = ("_alive", "_asking", "_connection", "_silence", "_timer")

    def __init__(self, connection: AsyncConnection[Any], alive: Alive, silence: float = SILENCE) -> None:
        self._connection = connection
        self._alive = alive
        self._silence = silence
        self._asking: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        self._wait()

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._asking is not None:
            self._asking.cancel()

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._silence, self._start_asking)

    def _start_asking(self) -> None:
        self._asking = asyncio.create_task(self._ask(), name="ask whether Postgres answers")

    async def _ask(self) -> None:
        if await self._alive():
            self._wait()
        else:
            _hang_up(self._connection)


def _hang_up(connection: AsyncConnection[Any]) -> None:
    with (
        suppress(OSError, psycopg.Error),
        socket.socket(fileno=os.dup(connection.fileno())) as line,
    ):
        line.shutdown(socket.SHUT_RDWR)
