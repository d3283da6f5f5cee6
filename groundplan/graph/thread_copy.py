"""Copying a thread's checkpoints up to one of them, by what every LangGraph checkpointer offers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver, Checkpoint

from groundplan.graph.records import Record
from groundplan.graph.runs import config_of

Rewrite = Callable[[Any], Any]


async def copy_thread(
    saver: BaseCheckpointSaver[Any],
    kept: Sequence[Record],
    thread_id: str,
    rewrite: Rewrite,
    changed: Mapping[str, Any],
) -> None:
    """Save the checkpoints, oldest first, as another thread; the graph goes on from the last one.

    Args:
        rewrite: gives each channel's value as it is to be in the copy.
        changed: channels that get another value in the last checkpoint.

    What nodes had written after the last checkpoint is not copied: they run again. Doing it again changes nothing.
    """
    known: Mapping[str, Any] = {}
    config = config_of(thread_id)
    config["configurable"]["checkpoint_ns"] = ""
    for record in kept:
        is_last = record is kept[-1]
        copied = _copied(saver, record.saved.checkpoint, rewrite, changed if is_last else {})
        versions = copied["channel_versions"]
        new = {name: version for name, version in versions.items() if known.get(name) != version}
        config = await saver.aput(config, copied, record.saved.metadata, new)
        known = versions
        if not is_last:
            await _copy_writes(saver, record, config, rewrite)


def _copied(
    saver: BaseCheckpointSaver[Any], checkpoint: Checkpoint, rewrite: Rewrite, changed: Mapping[str, Any]
) -> Checkpoint:
    values = {name: rewrite(value) for name, value in checkpoint["channel_values"].items()}
    versions = dict(checkpoint["channel_versions"])
    for name in changed:  # a value is stored by its version, once
        versions[name] = saver.get_next_version(versions.get(name), None)
    copied = checkpoint.copy()
    copied["channel_values"], copied["channel_versions"] = {**values, **changed}, versions
    return copied


async def _copy_writes(saver: BaseCheckpointSaver[Any], record: Record, config: Any, rewrite: Rewrite) -> None:
    by_task: dict[str, list[tuple[str, Any]]] = {}
    for task_id, channel, value in record.saved.pending_writes or ():
        by_task.setdefault(task_id, []).append((channel, rewrite(value)))
    for task_id, writes in by_task.items():
        await saver.aput_writes(config, writes, task_id)
