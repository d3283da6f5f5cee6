"""The same trial run by plain LangGraph: a `Send` per ready task, AsyncPostgresSaver, durability `sync`.

Tools are the same, with the key that a careful user would give them: thread and task. There is nobody to ask what
became of an effect, neither a tool nor a person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from crash_fuse import Fuse, Point
from crash_trial import WIDTH, Trial, kind_of
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph_waves import Connections, open_saver, run_by_waves, waves


async def run_langgraph(trial: Trial, fuse: Fuse, began: Callable[[], None]) -> bool:
    """Go on with the trial's thread; whether every task is among the finished ones in the end."""
    dag, world = trial.dag, trial.world

    async def effect(task: str) -> None:
        fuse.at(Point.MID_EFFECT)
        await asyncio.sleep(dag.seconds[task] / 2)
        world.happen(task, kind_of(task), f"{trial.name}:{task}")
        fuse.at(Point.MID_EFFECT)
        await asyncio.sleep(dag.seconds[task] / 2)

    async with open_saver(trial.url, 4, lambda pool: _ArmedSaver(pool, fuse)) as saver:
        graph = waves(dag, effect, saver)
        began()
        await run_by_waves(graph, dag, trial.name, workers=WIDTH, durability="sync")
        state = await graph.aget_state({"configurable": {"thread_id": trial.name}})
    return not state.next and set(state.values["done"]) == set(dag.seconds)


class _ArmedSaver(AsyncPostgresSaver):
    """Lets the fuse know of every checkpoint, and of the writes of every task that has had its effect."""

    def __init__(self, pool: Connections, fuse: Fuse) -> None:
        super().__init__(pool)
        self._fuse = fuse

    async def aput(self, config: RunnableConfig, checkpoint: Any, metadata: Any, new_versions: Any) -> RunnableConfig:
        self._fuse.at(Point.BEFORE_CLAIM)
        self._fuse.soon_after(Point.GROUP_COMMIT)
        written = await super().aput(config, checkpoint, metadata, new_versions)
        self._fuse.at(Point.AFTER_CLAIM)
        return written

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        if any(channel == "done" for channel, _ in writes):
            self._fuse.at(Point.EFFECT_TO_OUTCOME)
            self._fuse.soon_after(Point.OUTCOME_COMMIT)
        await super().aput_writes(config, writes, task_id, task_path)
