"""A DAG run by plain LangGraph: a `Send` for every ready task, wave after wave, checkpointed in Postgres.

    gather ─ Send per ready task ─→ work, work, … ─→ gather ─→ …

This is how LangGraph maps work that is known only at run time (docs: "Send", map-reduce). State is the names of the
finished tasks; results would make it larger.
"""

from __future__ import annotations

import operator
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

from execution_dags import Dag
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Durability, Send
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from typing_extensions import TypedDict

Effect = Callable[[str], Awaitable[None]]
Connections = AsyncConnectionPool[AsyncConnection[dict[str, Any]]]


class Done(TypedDict):
    """The names of the finished tasks."""

    done: Annotated[list[str], operator.add]


class Called(TypedDict):
    """What one `Send` carries."""

    task: str


Waves = CompiledStateGraph[Done, None, Done, Done]


@asynccontextmanager
async def open_saver(
    url: str, connections: int = 16, kind: Callable[[Connections], AsyncPostgresSaver] = AsyncPostgresSaver
) -> AsyncIterator[AsyncPostgresSaver]:
    """LangGraph's own checkpointer over a pool, its tables made."""
    pool = Connections(
        url,
        min_size=1,
        max_size=connections,
        open=False,
        kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
    )
    async with pool:
        saver = kind(pool)
        await saver.setup()
        yield saver


def waves(dag: Dag, effect: Effect, saver: BaseCheckpointSaver[str]) -> Waves:
    """The compiled graph; `effect(task)` does the work of a task."""

    async def gather(state: Done) -> dict[str, Any]:  # noqa: ARG001  # LangGraph calls it by this name
        return {}

    def send_ready(state: Done) -> list[Send] | str:
        done = set(state["done"])
        ready = [task for task, others in dag.before.items() if task not in done and done.issuperset(others)]
        return [Send("work", {"task": task}) for task in ready] or END

    async def work(state: Called) -> dict[str, Any]:
        await effect(state["task"])
        return {"done": [state["task"]]}

    graph = StateGraph(Done)
    graph.add_node("gather", gather)
    graph.add_node("work", work, input_schema=Called)
    graph.add_edge(START, "gather")
    graph.add_conditional_edges("gather", send_ready, ["work", END])
    graph.add_edge("work", "gather")
    return graph.compile(checkpointer=saver)


async def run_by_waves(graph: Waves, dag: Dag, thread: str, *, workers: int, durability: Durability) -> None:
    """Run the graph to its end on this thread, from its last checkpoint if there is one."""
    config: RunnableConfig = {
        "configurable": {"thread_id": thread},
        "max_concurrency": workers,
        "recursion_limit": 2 * len(dag.seconds) + 10,
    }
    begun = (await graph.aget_state(config)).created_at is not None
    await graph.ainvoke(None if begun else {"done": []}, config, durability=durability)
