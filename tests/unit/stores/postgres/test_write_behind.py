"""What is put off is written with what somebody waits for, soon anyway, in order, and never lost in silence."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.postgres.group_commit import GroupCommit, Limits
from groundplan.stores.postgres.write_behind import WriteBehind
from tests.scripted_database import PARENTS, ScriptedDatabase, unit

LONG = 60.0
"""A delay that no test waits for."""
HANG = 10.0
"""A guard against hanging, in seconds."""


@pytest.fixture
def database() -> ScriptedDatabase:
    return ScriptedDatabase()


@pytest.fixture
async def writer(database: ScriptedDatabase) -> AsyncIterator[GroupCommit]:
    async with GroupCommit(database.open, Limits(delay=LONG, patience=0.1, backoff=(0.01, 0.02))) as writer:
        yield writer


def refuse_second(names: list[str]) -> None:
    if "second" in names:
        raise PlanningError(ErrorCode.STORE_REJECTED, "no")


async def test_what_is_put_off_goes_with_the_next_that_somebody_waits_for(
    writer: GroupCommit, database: ScriptedDatabase
) -> None:
    async with WriteBehind(writer, "run") as behind:
        await behind.put(unit("first"))
        await behind.put(unit("second"))
        await asyncio.sleep(0.02)
        assert database.names == []
        await writer.commit(unit("awaited"))
        assert database.committed == [[(PARENTS.name, ["first", "second", "awaited"])]]


async def test_what_nobody_waits_for_is_written_after_the_delay(database: ScriptedDatabase) -> None:
    async with GroupCommit(database.open, Limits(delay=0.02)) as writer, WriteBehind(writer, "run") as behind:
        for name in ("first", "second"):
            await behind.put(unit(name))
            await asyncio.wait_for(database.started.wait(), HANG)
            database.started.clear()
        assert database.names == ["first", "second"]


async def test_the_end_waits_until_all_is_written(writer: GroupCommit, database: ScriptedDatabase) -> None:
    async with asyncio.timeout(HANG), WriteBehind(writer, "run") as behind:
        await behind.put(unit("first"), keys=["same"])
        await behind.put(unit("second"), keys=["same"])
    assert database.committed == [[(PARENTS.name, ["first"])], [(PARENTS.name, ["second"])]]


async def test_a_refusal_reaches_the_next_one_which_is_not_queued(
    writer: GroupCommit, database: ScriptedDatabase
) -> None:
    database.before = refuse_second
    with pytest.raises(PlanningError, match="no"):
        async with WriteBehind(writer, "run") as behind:
            await behind.put(unit("first"))
            await behind.put(unit("second"))
            await writer.commit(unit("awaited"))
            await behind.put(unit("third"))
    assert database.names == ["first", "awaited"]


async def test_a_refusal_reaches_the_end(writer: GroupCommit, database: ScriptedDatabase) -> None:
    database.before = refuse_second
    with pytest.raises(PlanningError, match="no"):
        async with WriteBehind(writer, "run") as behind:
            await behind.put(unit("second"))


async def test_a_database_that_is_away_reaches_the_end(writer: GroupCommit, database: ScriptedDatabase) -> None:
    def away(_: list[str]) -> None:
        raise PlanningError(ErrorCode.STORE_UNAVAILABLE, "away")

    database.before = away
    async with asyncio.timeout(HANG):
        with pytest.raises(PlanningError, match="away"):
            async with WriteBehind(writer, "run") as behind:
                await behind.put(unit("first"))


async def test_the_runs_own_error_comes_first_and_what_was_put_off_is_written(
    writer: GroupCommit, database: ScriptedDatabase
) -> None:
    database.before = refuse_second
    with pytest.raises(ZeroDivisionError):
        async with WriteBehind(writer, "run") as behind:
            await behind.put(unit("first"))
            await behind.put(unit("second"))
            raise ZeroDivisionError
    assert database.names == ["first"]


async def test_who_is_cancelled_does_not_wait_and_loses_nothing(database: ScriptedDatabase) -> None:
    database.gate.clear()

    async def run(writer: GroupCommit) -> None:
        async with WriteBehind(writer, "run") as behind:
            await behind.put(unit("first"))
            await asyncio.Event().wait()

    async with GroupCommit(database.open, Limits(delay=LONG)) as writer:
        running = asyncio.ensure_future(run(writer))
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait_for(asyncio.wait([running]), HANG)
        assert running.cancelled()
        database.gate.set()
    assert database.names == ["first"]


async def test_too_many_wait_for_the_first(writer: GroupCommit, database: ScriptedDatabase) -> None:
    async with asyncio.timeout(HANG), WriteBehind(writer, "run") as behind:
        for number in range(33):
            await behind.put(unit(str(number)))
        assert database.names[:1] == ["0"]


async def test_a_closed_writer_takes_nothing(database: ScriptedDatabase) -> None:
    async with GroupCommit(database.open) as writer:
        pass
    with pytest.raises(PlanningError) as caught:
        await WriteBehind(writer, "run").put(unit("late"))
    assert caught.value.code is ErrorCode.STORE_UNAVAILABLE
