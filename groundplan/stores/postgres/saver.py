"""LangGraph's checkpointer on Postgres, writing through the group commit.

The tables and all reading are those of `AsyncPostgresSaver`, so its tools work on them. What differs:

- Writes of all runs share transactions, and each statement carries many rows.
- A step's writes are queued before its checkpoint and committed before it or with it, never after it (the
  stock saver does not wait for them: langgraph#8039).
- Reads use the whole pool at once; the stock saver holds one lock around everything.
- Versions of channels are 19 characters, not 50: a checkpoint names each of them several times.
"""

from __future__ import annotations

import asyncio
import random
import weakref
from collections.abc import AsyncIterator, Collection, Hashable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_serializable_checkpoint_metadata,
)
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.serde.types import _DeltaSnapshot
from psycopg import AsyncCursor
from psycopg.rows import DictRow
from pydantic import BaseModel
from pydantic_core import to_json

from groundplan.stores.postgres.failures import driver_errors
from groundplan.stores.postgres.group_commit import GroupCommit
from groundplan.stores.postgres.line import Alive, Watch
from groundplan.stores.postgres.reader import Pool
from groundplan.stores.postgres.statements import PUT_BLOBS, PUT_CHECKPOINTS, PUT_WRITES, REPLACE_WRITES
from groundplan.stores.postgres.write_behind import WRITE_BEHIND, WriteBehind
from groundplan.stores.postgres.writes import Write

_INLINE = (str, int, float, bool, type(None))
"""Values that stand in the checkpoint itself; all others are blobs, each version stored once."""


FRESH = "__groundplan_fresh"
"""Under `configurable` in a run's config: the thread of which nothing can be stored yet, so that nobody looks."""


class GroupCommitSaver(AsyncPostgresSaver):
    """The checkpointer. One run at a time may write one thread.

    Args:
        writer: commits what runs write.
        pool: for reading, deleting and pruning.
        serde: how values become bytes.
        alive: tells whether the server still answers others; asked when a query takes long.
        where: the server's address, for people.
    """

    def __init__(self, writer: GroupCommit, pool: Pool, serde: SerializerProtocol, alive: Alive, where: str) -> None:
        super().__init__(pool, serde=serde)
        self.lock = asyncio.Semaphore(pool.max_size)  # type: ignore[assignment]  # used as `async with` only
        self._writer = writer
        self._alive = alive
        self._where = where
        self._written = _WrittenOnce()

    def get_next_version(self, current: str | None, channel: None) -> str:  # noqa: ARG002  # the parent's signature
        """A version after `current`, also one of the stock saver; random at the end, so that forks differ."""
        number = int(str(current).split(".", 1)[0]) if current is not None else 0
        return f"{number + 1:08}.{random.getrandbits(40):010x}"

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that the config names, or the last one; see `AsyncPostgresSaver.aget_tuple`."""
        configurable = config["configurable"]
        # The thread is named because a graph that a node invokes inherits the config.
        if configurable.get(FRESH) == configurable["thread_id"] and not configurable.get("checkpoint_id"):
            return None
        return await super().aget_tuple(config)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Save a checkpoint; see `AsyncPostgresSaver.aput`. Raises PlanningError.

        It is on disk then, unless the config has a `WriteBehind`.
        """
        configurable = config["configurable"]
        thread_id, namespace = str(configurable["thread_id"]), configurable["checkpoint_ns"]
        inline, blobs = _split(checkpoint["channel_values"])
        row = (
            thread_id,
            namespace,
            checkpoint["id"],
            configurable.get("checkpoint_id"),
            to_json({**checkpoint, "channel_values": inline}),
            to_json(get_serializable_checkpoint_metadata(config, metadata)),
        )
        writes = [Write(PUT_CHECKPOINTS, [row])]
        rows = [
            (thread_id, namespace, channel, str(version), *self._written.again(self.serde, blobs[channel]))
            for channel, version in new_versions.items()
            if channel in blobs
        ]
        if rows:
            writes.append(Write(PUT_BLOBS, rows))
        await self._save(config, writes, ((thread_id, namespace, checkpoint["id"]),))
        return {
            "configurable": {
                "thread_id": thread_id,
                "checkpoint_ns": namespace,
                "checkpoint_id": checkpoint["id"],
            }
        }

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Save what a node wrote; see `AsyncPostgresSaver.aput_writes`. Raises PlanningError."""
        if not writes:
            return
        configurable = config["configurable"]
        about = (str(configurable["thread_id"]), configurable["checkpoint_ns"], configurable["checkpoint_id"], task_id)
        rows = [
            (*about, task_path, WRITES_IDX_MAP.get(channel, number), channel, *self._written.first(self.serde, value))
            for number, (channel, value) in enumerate(writes)
        ]
        # Nothing is awaited before this, so the order of calls is the order of commits.
        if all(channel in WRITES_IDX_MAP for channel, _ in writes):
            await self._save(config, [Write(REPLACE_WRITES, rows)], (about,))
        else:
            await self._save(config, [Write(PUT_WRITES, rows)])

    def write_behind(self, thread_id: str) -> WriteBehind:
        """For the config of one run, under `configurable` and `WRITE_BEHIND`."""
        return WriteBehind(self._writer, thread_id)

    async def _save(self, config: RunnableConfig, writes: list[Write], keys: Collection[Hashable] = ()) -> None:
        behind: WriteBehind | None = config["configurable"].get(WRITE_BEHIND)
        if behind is not None and behind.thread_id == config["configurable"]["thread_id"]:
            await behind.put(writes, keys)
        else:
            await self._writer.commit(writes, keys)

    @asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[AsyncCursor[DictRow]]:
        with driver_errors(self._where):
            async with super()._cursor(pipeline=pipeline) as cursor:
                with Watch(cursor.connection, self._alive):
                    yield cursor


def _split(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Channel values as the parent keeps them: those in the checkpoint itself, and blobs."""
    inline: dict[str, Any] = {}
    blobs: dict[str, Any] = {}
    for channel, value in values.items():
        if isinstance(value, _INLINE):
            inline[channel] = value
        else:
            blobs[channel] = value
            if isinstance(value, _DeltaSnapshot):
                inline[channel] = True
    return inline, blobs


class _WrittenOnce:
    """Serializes a model once for the two places that it is stored in: the node's write, then the channel.

    Models do not change, so the bytes of the first time are kept until the second, or until the model is gone.
    """

    def __init__(self) -> None:
        self._kept: dict[int, tuple[weakref.ref[BaseModel], tuple[str, bytes]]] = {}

    def first(self, serde: SerializerProtocol, value: Any) -> tuple[str, bytes]:
        """The value's kind and bytes, kept for later if it is a model."""
        written = serde.dumps_typed(value)
        if isinstance(value, BaseModel) and value.model_config.get("frozen"):
            number = id(value)
            self._kept[number] = (weakref.ref(value, lambda _: self._kept.pop(number, None)), written)
        return written

    def again(self, serde: SerializerProtocol, value: Any) -> tuple[str, bytes]:
        """The value's kind and bytes, those kept from before if there are any."""
        kept = self._kept.pop(id(value), None)
        if kept is not None and kept[0]() is value:
            return kept[1]
        return serde.dumps_typed(value)
