"""The checkpointer on a real Postgres, under real graphs: order, encryption, many runs, the stock saver beside it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import START, StateGraph
from langgraph.types import Durability, interrupt
from typing_extensions import TypedDict

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.goal import Goal
from groundplan.domain.outline import Origin, Outline
from groundplan.graph.checkpoints import open_checkpointer
from groundplan.stores.postgres.database import Database
from groundplan.stores.postgres.saver import FRESH
from groundplan.stores.postgres.statements import PUT_CHECKPOINTS, PUT_WRITES
from groundplan.stores.postgres.write_behind import WRITE_BEHIND
from tests.postgres import fresh_database

SECRET = "Buy the yellow submarine"
KEY = b"0123456789abcdef0123456789abcdef"


class State(TypedDict, total=False):
    goal: Goal
    first: Outline
    second: Outline


async def first(state: State) -> dict[str, Any]:
    return {"first": Outline(title=state["goal"].goal_text, steps=[], origin=Origin(strategy="numbered"))}


async def second(state: State) -> dict[str, Any]:
    return {"second": state["first"].model_copy(update={"reasoning": "because"})}


async def ask(state: State) -> dict[str, Any]:
    interrupt({"question": state["goal"].goal_text})
    return {}


def graph(*nodes: Any) -> StateGraph[State]:
    built = StateGraph(State)
    before = START
    for node in nodes:
        built.add_node(node.__name__, node)
        built.add_edge(before, node.__name__)
        before = node.__name__
    return built


def config(thread: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread}}


@pytest.fixture(scope="module")
def url(embedded):
    with fresh_database(embedded.database_url) as url:
        yield url


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    async with Database(url) as database:
        yield database


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
async def test_the_state_of_many_runs_at_once_comes_back(database: Database, durability: Durability) -> None:
    planner = graph(first, second).compile(checkpointer=open_checkpointer(database))
    goals = {f"{durability}-{number}": Goal(goal_text=f"Goal {number}") for number in range(30)}
    await asyncio.gather(
        *(planner.ainvoke({"goal": goal}, config(name), durability=durability) for name, goal in goals.items())
    )
    for name, goal in goals.items():
        values = (await planner.aget_state(config(name))).values
        assert values["goal"] == goal
        assert values["second"].title == goal.goal_text
        steps = [snapshot.metadata["step"] async for snapshot in planner.aget_state_history(config(name))]
        assert steps == ([2] if durability == "exit" else [2, 1, 0, -1])


async def test_a_run_that_is_saved_behind_is_there_as_a_whole_in_fewer_commits(database: Database) -> None:
    saver = open_checkpointer(database)
    planner = graph(first, second).compile(checkpointer=saver)
    goal, batches = Goal(goal_text="Behind"), {}
    for name in ("waiting", "behind"):
        given, before = config(name), database.writer.stats.batches
        async with saver.write_behind("behind") as behind:
            given["configurable"][WRITE_BEHIND] = behind  # which counts for its own thread only
            await planner.ainvoke({"goal": goal}, given, durability="async")
        batches[name] = database.writer.stats.batches - before
        snapshots = [snapshot async for snapshot in planner.aget_state_history(config(name))]
        assert [snapshot.metadata["step"] for snapshot in snapshots] == [2, 1, 0, -1]
        assert "groundplan" not in repr([snapshot.metadata for snapshot in snapshots])
    assert batches["behind"] < batches["waiting"]


async def test_nobody_looks_for_checkpoints_of_a_fresh_thread_and_only_of_that(database: Database) -> None:
    saver = open_checkpointer(database)
    planner = graph(first, second).compile(checkpointer=saver)
    await planner.ainvoke({"goal": Goal(goal_text="Old")}, config("old"))
    for fresh, found in (("old", False), ("another", True)):
        given = config("old")
        given["configurable"][FRESH] = fresh
        assert (await saver.aget_tuple(given) is not None) is found
        last = await saver.aget_tuple(config("old"))
        assert last is not None
        given["configurable"]["checkpoint_id"] = last.checkpoint["id"]
        assert await saver.aget_tuple(given) is not None


async def test_a_steps_writes_are_committed_before_its_checkpoint_or_with_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stock saver does not see to that (langgraph#8039)."""
    committed: list[tuple[set[str], set[str]]] = []
    session = database.writer._session
    run = session.run

    async def watched(batch):
        results = await run(batch)
        rows = {write.statement: write.rows for write in batch}
        committed.append(
            ({row[2] for row in rows.get(PUT_WRITES, ())}, {row[3] for row in rows.get(PUT_CHECKPOINTS, ())})
        )
        return results

    monkeypatch.setattr(session, "run", watched)
    planner = graph(first, second).compile(checkpointer=open_checkpointer(database))
    await asyncio.gather(*(planner.ainvoke({"goal": Goal(goal_text="x")}, config(f"order-{n}")) for n in range(20)))
    written: set[str] = set()
    checked = 0
    for writes, parents in committed:
        written |= writes
        for parent in parents - {None}:
            snapshot = await planner.checkpointer.aget_tuple(
                {"configurable": {"thread_id": await _thread_of(database, parent), "checkpoint_id": parent}}
            )
            if snapshot.pending_writes:
                assert parent in written
                checked += 1
    assert checked >= 40


async def _thread_of(database: Database, checkpoint_id: str) -> str:
    async with database._pool.connection() as connection:
        cursor = await connection.execute("select thread_id from checkpoints where checkpoint_id = %s", [checkpoint_id])
        return (await cursor.fetchone())["thread_id"]


async def test_an_interrupt_waits_across_processes(url: str) -> None:
    for resumed in (False, True):
        async with Database(url) as database:
            gate = graph(first, ask, second).compile(checkpointer=open_checkpointer(database))
            if not resumed:
                await gate.ainvoke({"goal": Goal(goal_text="Ask me")}, config("gate"))
            snapshot = await gate.aget_state(config("gate"))
            assert [task.interrupts[0].value for task in snapshot.tasks] == [{"question": "Ask me"}]


async def test_a_model_is_written_once_and_stored_twice(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    saver = open_checkpointer(database)
    written: list[str] = []
    dumps = type(saver.serde).dumps_typed

    def counting(self, value):
        written.append(type(value).__name__)
        return dumps(self, value)

    monkeypatch.setattr(type(saver.serde), "dumps_typed", counting)
    planner = graph(first, second).compile(checkpointer=saver)
    await planner.ainvoke({"goal": Goal(goal_text="x")}, config("once"))
    assert written.count("Outline") == 2
    assert saver._written._kept == {}


async def test_encrypted_checkpoints_show_nothing_of_the_goal(database_url: str) -> None:
    async with Database(database_url, encryption_key=KEY) as database:
        gate = graph(first, ask).compile(checkpointer=open_checkpointer(database))
        await gate.ainvoke({"goal": Goal(goal_text=SECRET)}, config("secret"))
        assert (await gate.aget_state(config("secret"))).values["goal"].goal_text == SECRET
    raw = await asyncio.to_thread(everything, database_url)
    assert len(raw) > 5
    assert not [row for row in raw if "submarine" in row or SECRET.encode().hex() in row]


async def test_without_a_key_the_goal_is_plain(database_url: str) -> None:
    """So that the test above cannot pass for another reason."""
    async with Database(database_url) as database:
        await (
            graph(first)
            .compile(checkpointer=open_checkpointer(database))
            .ainvoke({"goal": Goal(goal_text=SECRET)}, config("plain"))
        )
    assert [row for row in await asyncio.to_thread(everything, database_url) if SECRET.encode().hex() in row]


async def test_another_key_is_said(database_url: str) -> None:
    for key in (KEY, KEY[::-1]):
        async with Database(database_url, encryption_key=key) as database:
            planner = graph(first).compile(checkpointer=open_checkpointer(database))
            if key == KEY:
                await planner.ainvoke({"goal": Goal(goal_text=SECRET)}, config("keyed"))
                continue
            with pytest.raises(PlanningError) as caught:
                await planner.aget_state(config("keyed"))
            assert caught.value.code is ErrorCode.SIGNATURE_MISMATCH


def everything(url: str) -> list[str]:
    """Every row of the checkpointer's tables as text (bytes in hexadecimal)."""
    with psycopg.connect(url) as connection:
        return [
            row
            for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes")
            for (row,) in connection.execute(f"select t::text from {table} t").fetchall()  # noqa: S608
        ]


async def test_a_thread_of_the_stock_saver_is_continued(url: str) -> None:
    class Plain(TypedDict, total=False):
        number: dict[str, int]

    async def increase(state: Plain) -> dict[str, Any]:
        return {"number": {"n": state["number"]["n"] + 1}}

    built = StateGraph(Plain)
    built.add_node("increase", increase)
    built.add_edge(START, "increase")
    async with Database(url) as database:
        async with AsyncPostgresSaver.from_conn_string(url) as stock:
            await built.compile(checkpointer=stock).ainvoke({"number": {"n": 1}}, config("stock"))
        ours = built.compile(checkpointer=open_checkpointer(database))
        assert (await ours.aget_state(config("stock"))).values == {"number": {"n": 2}}
        assert await ours.ainvoke({"number": {"n": 10}}, config("stock")) == {"number": {"n": 11}}
        async with AsyncPostgresSaver.from_conn_string(url) as stock:
            snapshot = await built.compile(checkpointer=stock).aget_state(config("stock"))
            assert snapshot.values == {"number": {"n": 11}}


async def test_a_thread_is_deleted_and_pruned(database: Database) -> None:
    saver = open_checkpointer(database)
    planner = graph(first, second).compile(checkpointer=saver)
    for name in ("kept", "gone"):
        await planner.ainvoke({"goal": Goal(goal_text=name)}, config(name))
    await saver.aprune(["kept"])
    await saver.adelete_thread("gone")
    assert len([snapshot async for snapshot in planner.aget_state_history(config("kept"))]) == 1
    assert (await planner.aget_state(config("kept"))).values["second"].title == "kept"
    assert (await planner.aget_state(config("gone"))).values == {}
