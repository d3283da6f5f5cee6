"""The writer on a scripted session: order, merging, refusals, lost connections, cancellation, closing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.postgres.arrays import TEXT
from groundplan.stores.postgres.group_commit import GroupCommit, Limits
from groundplan.stores.postgres.writes import SessionLostError, Statement
from tests.scripted_database import ScriptedDatabase, ScriptedSession, unit

CHILDREN = Statement("children", "…", {"name": TEXT}, order=2)
ECHO = Statement("echo", "…", {"name": TEXT}, order=3)
IMPATIENT = Limits(patience=0.1, backoff=(0.01, 0.02))
HANG = 10.0
"""A guard against hanging, in seconds."""


@pytest.fixture
def database() -> ScriptedDatabase:
    return ScriptedDatabase()


@pytest.fixture
async def writer(database: ScriptedDatabase) -> AsyncIterator[GroupCommit]:
    async with GroupCommit(database.open, IMPATIENT) as writer:
        yield writer


async def held(database: ScriptedDatabase, writer: GroupCommit) -> None:
    """A batch is under way and does not end before the gate opens: whoever commits now waits for the next."""
    database.gate.clear()
    writer.first = asyncio.ensure_future(writer.commit(unit("first")))  # type: ignore[attr-defined]
    await database.started.wait()


def refuse(*names: str, code: ErrorCode = ErrorCode.STORE_REJECTED) -> Callable[[list[str]], None]:
    def before(batch: list[str]) -> None:
        if set(names) & set(batch):
            raise PlanningError(code, f"refused {sorted(set(names) & set(batch))}")

    return before


class TestGrouping:
    async def test_a_commit_returns_after_the_database_has_it(
        self, writer: GroupCommit, database: ScriptedDatabase
    ) -> None:
        await writer.commit(unit("a"))
        assert database.names == ["a"]

    async def test_all_that_waits_goes_in_one_batch(self, writer: GroupCommit, database: ScriptedDatabase) -> None:
        await held(database, writer)
        waiting = asyncio.gather(*(writer.commit(unit(f"n{i}")) for i in range(50)))
        await asyncio.sleep(0)
        database.gate.set()
        await waiting
        assert [len(batch) for batch in database.committed] == [1, 1]
        assert database.committed[1] == [("parents", [f"n{i}" for i in range(50)])]
        assert (writer.stats.units, writer.stats.batches, writer.stats.rows) == (51, 2, 51)

    async def test_statements_run_in_their_own_order(self, writer: GroupCommit, database: ScriptedDatabase) -> None:
        await held(database, writer)
        waiting = asyncio.gather(
            writer.commit([*unit("c1", statement=CHILDREN), *unit("p1")]),
            writer.commit([*unit("c2", statement=CHILDREN), *unit("p2")]),
        )
        await asyncio.sleep(0)
        database.gate.set()
        await waiting
        assert database.committed[1] == [("parents", ["p1", "p2"]), ("children", ["c1", "c2"])]

    async def test_each_unit_gets_the_rows_that_came_back_for_its_own(
        self, writer: GroupCommit, database: ScriptedDatabase
    ) -> None:
        await held(database, writer)
        both = [*unit("p"), *unit("b1", "b2", statement=ECHO)]
        waiting = asyncio.gather(
            writer.commit(unit("a", statement=ECHO)), writer.commit(both), writer.commit(unit("c", statement=ECHO))
        )
        await asyncio.sleep(0)
        database.gate.set()
        assert await waiting == [
            [[(1, "echo a")]],
            [[], [(2, "echo b1"), (3, "echo b2")]],
            [[(4, "echo c")]],
        ]

    async def test_units_with_a_key_in_common_never_share_a_batch(
        self, writer: GroupCommit, database: ScriptedDatabase
    ) -> None:
        await held(database, writer)
        waiting = asyncio.gather(
            writer.commit(unit("a1"), ["a"]),
            writer.commit(unit("b1"), ["b"]),
            writer.commit(unit("a2"), ["a", "c"]),
            writer.commit(unit("b2"), ["d"]),
        )
        await asyncio.sleep(0)
        database.gate.set()
        await waiting
        assert [batch[0][1] for batch in database.committed[1:]] == [["a1", "b1"], ["a2", "b2"]]

    async def test_more_rows_than_a_batch_holds_go_into_the_next(self, database: ScriptedDatabase) -> None:
        async with asyncio.timeout(HANG), GroupCommit(database.open, Limits(rows=4)) as writer:
            await held(database, writer)
            sizes = (3, 1, 2, 9, 1)
            waiting = asyncio.gather(
                *(writer.commit(unit(*[f"{i}-{n}" for n in range(size)])) for i, size in enumerate(sizes))
            )
            await asyncio.sleep(0)
            database.gate.set()
            await waiting
        assert [len(batch[0][1]) for batch in database.committed] == [1, 4, 2, 9, 1]


class TestRefusals:
    async def test_only_the_guilty_unit_gets_the_error(self, writer: GroupCommit, database: ScriptedDatabase) -> None:
        database.before = refuse("n3", "n11")
        await held(database, writer)
        waiting = asyncio.gather(*(writer.commit(unit(f"n{i}")) for i in range(16)), return_exceptions=True)
        await asyncio.sleep(0)
        database.gate.set()
        answers = await waiting
        refused = {i: str(answer) for i, answer in enumerate(answers) if isinstance(answer, PlanningError)}
        assert refused == {3: "E5807: refused ['n3']", 11: "E5807: refused ['n11']"}
        assert database.names == ["first", *(f"n{i}" for i in range(16) if i not in refused)]
        assert writer.stats.refused == 2

    async def test_a_refused_unit_leaves_nothing_behind(self, writer: GroupCommit, database: ScriptedDatabase) -> None:
        database.before = refuse("bad")
        with pytest.raises(PlanningError):
            await writer.commit([*unit("good"), *unit("bad", statement=CHILDREN)])
        assert database.names == []

    async def test_a_bug_reaches_the_caller_and_the_writer_goes_on(
        self, writer: GroupCommit, database: ScriptedDatabase
    ) -> None:
        def stumble(names: list[str]) -> None:
            if "odd" in names:
                raise ZeroDivisionError

        database.before = stumble
        with pytest.raises(ZeroDivisionError):
            await writer.commit(unit("odd"))
        await writer.commit(unit("even"))
        assert database.names == ["even"]


class TestLostConnections:
    async def test_a_batch_is_sent_again_on_a_new_connection(
        self, writer: GroupCommit, database: ScriptedDatabase
    ) -> None:
        left = [2]

        def lose(names: list[str]) -> None:
            if left[0]:
                left[0] -= 1
                raise SessionLostError

        database.before = lose
        await writer.commit(unit("a"))
        assert database.names == ["a"]
        assert (database.sessions, database.closed, writer.stats.reconnects) == (3, 2, 2)

    async def test_a_database_that_is_back_in_time_is_no_error(self, database: ScriptedDatabase) -> None:
        def lose(names: list[str]) -> None:
            if not database.away:
                database.before = lambda names: None
                database.away = True
                raise SessionLostError

        database.before = lose
        async with GroupCommit(database.open, Limits(patience=HANG, backoff=(0.01, 0.02))) as writer:
            waiting = asyncio.ensure_future(writer.commit(unit("a")))
            await asyncio.sleep(0.05)
            assert not waiting.done()
            database.away = False
            await waiting
        assert database.names == ["a"]

    async def test_a_database_that_stays_away_is_said_to_everybody_who_waits(
        self, writer: GroupCommit, database: ScriptedDatabase
    ) -> None:
        def lose(names: list[str]) -> None:
            database.away = True
            raise SessionLostError

        database.before = lose
        first = asyncio.ensure_future(writer.commit(unit("a")))
        await asyncio.sleep(0.03)
        later = asyncio.ensure_future(writer.commit(unit("b")))
        for waiting in (first, later):
            with pytest.raises(PlanningError) as caught:
                await waiting
            assert caught.value.code is ErrorCode.STORE_UNAVAILABLE
        database.away, database.before = False, lambda names: None
        await writer.commit(unit("c"))
        assert database.names == ["c"]

    async def test_a_connection_that_hangs_while_it_is_opened_is_given_up(
        self, writer: GroupCommit, database: ScriptedDatabase
    ) -> None:
        async def never() -> ScriptedSession:
            await asyncio.Event().wait()
            raise AssertionError

        def lose(names: list[str]) -> None:
            raise SessionLostError

        database.before = lose
        writer._open_session = never
        with pytest.raises(PlanningError) as caught:
            await writer.commit(unit("a"))
        assert caught.value.code is ErrorCode.STORE_UNAVAILABLE

    async def test_a_server_that_is_short_of_something_is_asked_again(
        self, writer: GroupCommit, database: ScriptedDatabase
    ) -> None:
        attempts: list[list[str]] = []

        def full(names: list[str]) -> None:
            attempts.append(names)
            if len(attempts) < 3:
                raise PlanningError(ErrorCode.STORE_UNAVAILABLE, "disk full")

        database.before = full
        await writer.commit(unit("a"))
        assert database.names == ["a"]
        assert database.sessions == 1

    async def test_a_long_outage_is_forgotten_when_it_is_over(
        self, writer: GroupCommit, database: ScriptedDatabase
    ) -> None:
        def lose(names: list[str]) -> None:
            database.away = True
            raise SessionLostError

        database.before = lose
        with pytest.raises(PlanningError):
            await writer.commit(unit("a"))
        await asyncio.sleep(2 * IMPATIENT.patience)
        database.away, database.before = False, lambda names: None
        await writer.commit(unit("b"))
        assert database.names == ["b"]

    async def test_no_database_at_the_start_is_said(self, database: ScriptedDatabase) -> None:
        database.away = True
        with pytest.raises(PlanningError):
            async with GroupCommit(database.open):
                pass


class TestCancellation:
    async def test_a_unit_whose_caller_is_gone_is_not_sent(
        self, writer: GroupCommit, database: ScriptedDatabase
    ) -> None:
        await held(database, writer)
        gone = asyncio.ensure_future(writer.commit(unit("gone")))
        stays = asyncio.ensure_future(writer.commit(unit("stays")))
        await asyncio.sleep(0)
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone
        database.gate.set()
        await stays
        assert database.names == ["first", "stays"]

    async def test_a_caller_that_leaves_during_its_batch_harms_nobody(
        self, writer: GroupCommit, database: ScriptedDatabase
    ) -> None:
        await held(database, writer)
        writer.first.cancel()  # type: ignore[attr-defined]
        other = asyncio.ensure_future(writer.commit(unit("other")))
        await asyncio.sleep(0)
        database.gate.set()
        await other
        assert database.names == ["first", "other"]


class TestClosing:
    async def test_closing_commits_what_is_queued(self, database: ScriptedDatabase) -> None:
        async with asyncio.timeout(HANG):
            writer = await GroupCommit(database.open).__aenter__()
            waiting = [asyncio.ensure_future(writer.commit(unit(f"n{i}"))) for i in range(5)]
            await asyncio.sleep(0)
            await writer.close()
            await asyncio.gather(*waiting)
        assert database.names == [f"n{i}" for i in range(5)]
        assert database.closed == 1

    async def test_a_closed_writer_refuses(self, database: ScriptedDatabase) -> None:
        async with GroupCommit(database.open) as writer:
            pass
        with pytest.raises(PlanningError) as caught:
            await writer.commit(unit("late"))
        assert caught.value.code is ErrorCode.STORE_UNAVAILABLE

    async def test_closing_while_the_database_is_away_ends(self, database: ScriptedDatabase) -> None:
        async with asyncio.timeout(HANG):
            writer = await GroupCommit(database.open, IMPATIENT).__aenter__()

            def lose(names: list[str]) -> None:
                database.away = True
                raise SessionLostError

            database.before = lose
            waiting = asyncio.ensure_future(writer.commit(unit("a")))
            await asyncio.sleep(0)
            await writer.close()
            with pytest.raises(PlanningError):
                await waiting
