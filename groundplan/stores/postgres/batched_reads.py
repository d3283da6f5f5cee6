"""Looking up many things at once: what is asked for while one query is under way goes into the next.

One query of a hundred keys costs about as much as two of one. Nobody waits for others to come: the first asks at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Key = TypeVar("Key")
Found = TypeVar("Found")

_MOST = 500


class BatchedReads(Generic[Key, Found]):
    """Answers each key from a query over many.

    Args:
        query: gives what was found for each key, in their order.
        most: keys of one query.
    """

    def __init__(self, query: Callable[[Sequence[Key]], Awaitable[Sequence[Found]]], most: int = _MOST) -> None:
        self._query = query
        self._most = most
        self._waiting: list[tuple[Key, asyncio.Future[Found]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def get(self, key: Key) -> Found:
        """What is found for the key, looked up after this call. Raises what the query raises."""
        answer: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, answer))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await answer

    async def _ask(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._answer(batch)
        finally:
            self._asking = None
            for _, answer in self._waiting:  # some are left only when the loop ends
                answer.cancel()
            self._waiting = []

    async def _answer(self, batch: Sequence[tuple[Key, asyncio.Future[Found]]]) -> None:
        try:
            found = await self._query([key for key, _ in batch])
        except BaseException as error:  # each who asked has to hear of it, whatever it is
            for _, answer in batch:
                if not answer.done():
                    answer.cancel() if isinstance(error, asyncio.CancelledError) else answer.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for (_, answer), one in zip(batch, found, strict=True):
            if not answer.done():  # whoever asked may have been cancelled
                answer.set_result(one)
