"""Group commit: the writes of everybody who waits, in one transaction.

A commit costs a flush of the log to disk, whatever it holds. So one writer takes all units that are queued,
puts rows for the same statement together, sends each statement once, commits once, and only then tells
everybody (DeWitt et al. 1984, "Implementation techniques for main memory database systems"). While it waits
for the disk, the next group gathers.

    unit      what one caller wants committed: rows for one or more statements, all of it or nothing
    batch     the units of one transaction
    session   the connection that runs batches

What holds:

- `commit` returns after the unit is on disk, with what each statement returned for its rows.
- Units are committed in the order in which they came: never a later one without an earlier one, unless the
  earlier one was refused.
- A batch that the database refuses is halved until the unit that it refuses stands alone; the others commit.
- When the connection is lost nobody knows whether the last batch was committed, so it is sent again: every
  statement must do nothing for rows that are there already.
- While there is no database a unit waits `patience` seconds, then its caller gets E5800.
- A caller that is cancelled leaves its unit to the writer, which drops it if it was not sent yet.
- A unit that nobody waits for is written with the next one that somebody waits for, but after `delay` at the latest.
- Back pressure is the callers' affair: one that waits for its unit has one queued; `WriteBehind` bounds the others.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from itertools import islice

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.postgres.writes import Row, Session, SessionLostError, Statement, Write


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the writer.

    `rows`: rows in one batch; more go into the next. `delay`: seconds that a unit which nobody waits for may be put
    off. `patience`: seconds that a unit waits for a lost database. `backoff`: seconds between attempts to reconnect,
    doubled from the first number up to the second.
    """

    rows: int = 20_000
    delay: float = 0.02
    patience: float = 4.5
    backoff: tuple[float, float] = (0.05, 0.5)


@dataclass(slots=True)
class GroupCommitStats:
    """What the writer has done so far. `units / batches` is what grouping gains."""

    units: int = 0
    rows: int = 0
    batches: int = 0
    refused: int = 0
    reconnects: int = 0


@dataclass(eq=False, slots=True)
class _Unit:
    writes: Sequence[Write]
    keys: Collection[Hashable]
    done: asyncio.Future[list[list[Row]]]
    since: float
    rows: int
    awaited: bool


@dataclass(slots=True)
class _Trouble:
    """Since when the database has been away, and how long to wait before the next attempt."""

    since: float
    pause: float


class GroupCommit:
    """The writer: `async with GroupCommit(open_session) as writer: await writer.commit([Write(…)])`.

    Args:
        open_session: opens a connection; raises PlanningError E5800 if it cannot.
        limits: bounds on batch and patience.
    """

    def __init__(self, open_session: Callable[[], Awaitable[Session]], limits: Limits | None = None) -> None:
        self.stats = GroupCommitStats()
        self._open_session = open_session
        self._limits = limits or Limits()
        self._queue: deque[_Unit] = deque()
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._awaited = 0
        self._hurried = False
        self._closing = False
        self._trouble: _Trouble | None = None
        self._session: Session | None = None
        self._writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> GroupCommit:
        """Open the session and start the writer. Raises PlanningError E5800 if there is no database."""
        self._session = await self._open_session()
        self._writer = asyncio.create_task(self._write(), name="group commit")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Commit what is queued, then stop. Later commits are E5800."""
        self._closing = True
        self.hurry()
        self._wake.set()
        if self._writer is not None:
            await self._writer
        await self._drop_session()

    async def commit(self, writes: Sequence[Write], keys: Collection[Hashable] = ()) -> list[list[Row]]:
        """Commit the rows, together with those of whoever else waits.

        Args:
            writes: the unit; none of it is written without the rest.
            keys: what the unit is about. Units with a key in common never share a batch, so that a statement
                sees what the one before it did.

        Returns:
            For each write the rows that its statement returned for it (none if it returns none).

        Raises:
            PlanningError: what the database refuses, or E5800 if it cannot be reached.
        """
        return await self._queued(writes, keys, awaited=True).done

    def put_off(self, writes: Sequence[Write], keys: Collection[Hashable] = ()) -> asyncio.Future[list[list[Row]]]:
        """Queue the rows without hurry; the future has what `commit` would return or raise.

        Raises:
            PlanningError: E5800 if the writer is closed.
        """
        unit = self._queued(writes, keys, awaited=False)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._limits.delay, self.hurry)
        return unit.done

    def hurry(self) -> None:
        """Write what was put off."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._queue:
            self._hurried = True
            self._wake.set()

    def _queued(self, writes: Sequence[Write], keys: Collection[Hashable], *, awaited: bool) -> _Unit:
        if self._closing or self._writer is None:
            raise _closed()
        loop = asyncio.get_running_loop()
        rows = sum(len(write.rows) for write in writes)
        unit = _Unit(writes, keys, loop.create_future(), loop.time(), rows, awaited)
        self._queue.append(unit)
        if awaited:
            self._awaited += 1
            self._wake.set()
        return unit

    async def _write(self) -> None:
        while True:
            if not self._is_due():
                if self._closing:
                    return
                self._wake.clear()
                await self._wake.wait()
                await asyncio.sleep(0)  # whoever is about to commit in this turn of the loop joins the batch
                continue
            batch = self._take()
            try:
                await self._settle(batch)
            except Exception as error:  # noqa: BLE001  # a bug must reach the callers, not end the writer for all
                _fail(batch, error)

    def _is_due(self) -> bool:
        if not self._queue:
            self._hurried = False
        return self._hurried or self._awaited > 0 or (self._closing and bool(self._queue))

    def _take(self) -> list[_Unit]:
        """The next batch: from the front of the queue, as much as fits and shares no key."""
        batch: list[_Unit] = []
        keys: set[Hashable] = set()
        rows = 0
        while self._queue:
            unit = self._queue[0]
            if not unit.done.done():  # else its caller was cancelled while it waited
                if batch and (rows + unit.rows > self._limits.rows or not keys.isdisjoint(unit.keys)):
                    break
                keys.update(unit.keys)
                rows += unit.rows
                batch.append(unit)
            self._queue.popleft()
            self._awaited -= unit.awaited
        return batch

    async def _settle(self, batch: list[_Unit]) -> None:
        """Commit the batch, or tell its callers why not."""
        loop = asyncio.get_running_loop()
        while batch:
            started = loop.time()
            try:
                session = await self._connected(batch)
                merged = _merged(batch)
                results = await session.run(merged)
            except SessionLostError:
                await self._drop_session()
                batch = await self._wait_out(batch, started, None)
            except PlanningError as error:
                if error.code is ErrorCode.STORE_UNAVAILABLE:
                    batch = await self._wait_out(batch, started, error)
                else:
                    batch = await self._isolate(batch, error)
            else:
                self._trouble = None
                self._count(batch)
                _resolve(batch, merged, results)
                return

    async def _isolate(self, batch: list[_Unit], refusal: PlanningError) -> list[_Unit]:
        """Settle the first half by itself and return the second; a unit alone is the one that is refused."""
        if len(batch) == 1:
            self.stats.refused += 1
            _fail(batch, refusal)
            return []
        half = len(batch) // 2
        await self._settle(batch[:half])
        return batch[half:]

    async def _connected(self, batch: list[_Unit]) -> Session:
        if self._session is None:
            try:
                async with asyncio.timeout_at(min(map(self._deadline, batch))):
                    self._session = await self._open_session()
            except TimeoutError:
                raise _gone() from None
            self.stats.reconnects += 1
        return self._session

    def _deadline(self, unit: _Unit) -> float:
        """When the unit has waited long enough for a database that is away."""
        since = unit.since if self._trouble is None else max(unit.since, self._trouble.since)
        return since + self._limits.patience

    async def _drop_session(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _wait_out(self, batch: list[_Unit], started: float, error: PlanningError | None) -> list[_Unit]:
        """Fail whoever waited too long for the database, pause, and return the units to try again."""
        first, longest = self._limits.backoff
        trouble = self._trouble = self._trouble or _Trouble(started, first)
        now = asyncio.get_running_loop().time()
        _fail([unit for unit in (*batch, *self._queue) if now >= self._deadline(unit)], error or _gone())
        waiting = [unit for unit in batch if not unit.done.done()]
        if waiting:
            await asyncio.sleep(trouble.pause)
            trouble.pause = min(2 * trouble.pause, longest)
        return waiting

    def _count(self, batch: list[_Unit]) -> None:
        self.stats.batches += 1
        self.stats.units += len(batch)
        self.stats.rows += sum(unit.rows for unit in batch)


def _merged(batch: list[_Unit]) -> list[Write]:
    """The rows of all units by statement, in the order of the statements."""
    if len(batch) == 1 and len(batch[0].writes) == 1:
        return [batch[0].writes[0]]
    rows: dict[Statement, list[Row]] = {}
    for unit in batch:
        for write in unit.writes:
            rows.setdefault(write.statement, []).extend(write.rows)
    return [Write(statement, rows[statement]) for statement in sorted(rows, key=lambda s: s.order)]


def _resolve(batch: list[_Unit], merged: list[Write], results: list[list[Row]]) -> None:
    """Give each unit the rows that came back for its own."""
    came_back = {write.statement: iter(rows) for write, rows in zip(merged, results, strict=True) if rows}
    for unit in batch:
        own = [
            list(islice(came_back[write.statement], len(write.rows))) if write.statement in came_back else []
            for write in unit.writes
        ]
        if not unit.done.done():
            unit.done.set_result(own)


def _fail(units: list[_Unit], error: Exception) -> None:
    for unit in units:
        if not unit.done.done():
            unit.done.set_exception(error)


def _gone() -> PlanningError:
    return PlanningError(
        ErrorCode.STORE_UNAVAILABLE,
        "The connection to Postgres was lost; whether the last write was committed is unknown",
        recovery_suggestion="Do the same again when the database is back: what is stored already stays as it is.",
    )


def _closed() -> PlanningError:
    return PlanningError(
        ErrorCode.STORE_UNAVAILABLE,
        "The database is closed",
        recovery_suggestion="Open it again; a closed one takes no writes.",
    )
