"""Checkpoints as they were saved: read from the checkpointer alone, so that no graph and no node has a part in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
from pydantic import BaseModel

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.graph.runs import config_of

_TO = "branch:to:"
_START = "__start__"
_SHORTEST_PREFIX = 8


@dataclass(frozen=True)
class Record:
    """One checkpoint. `wrote` are the channels that changed by it, `values` all of them, `next` the nodes to come."""

    checkpoint_id: str
    step: int
    at: str
    wrote: Mapping[str, Any]
    values: Mapping[str, Any]
    next: list[str]
    saved: CheckpointTuple


async def records(saver: BaseCheckpointSaver[Any], run_id: str) -> list[Record]:
    """Every checkpoint of the run, oldest first; none for a run that left none. Raises PlanningError: E5800."""
    config = config_of(run_id)
    config["configurable"]["checkpoint_ns"] = ""  # not those of graphs that a node invokes
    newest_first = [saved async for saved in saver.alist(config)]
    oldest_first = newest_first[::-1]
    return [_record(saved, before) for before, saved in zip([None, *oldest_first], oldest_first, strict=False)]


def record_at(known: Sequence[Record], at: str, run_id: str) -> Record:
    """The checkpoint of this id (or its beginning), or of this step.

    Raises:
        PlanningError: E5005 if there is none.
    """
    for record in known:
        if at == str(record.step):
            return record
    found = [record for record in known if record.checkpoint_id.startswith(at)]
    whole = [record for record in found if record.checkpoint_id == at]
    if whole or (len(found) == 1 and len(at) >= _SHORTEST_PREFIX):
        return (whole or found)[0]
    raise no_such_place(at, run_id, [str(record.step) for record in known])


def no_such_place(at: str, run_id: str, known: Sequence[str]) -> PlanningError:
    """E5005: the run has no such checkpoint, entry or task."""
    return PlanningError(
        ErrorCode.PLACE_NOT_FOUND,
        f"Run {run_id!r} has no {at!r} in its history",
        details={"run_id": run_id, "at": at, "known": list(known)[:100]},
        recovery_suggestion=f"See `groundplan history {run_id}`.",
    )


def as_json(value: Any) -> Any:
    """A channel's value as JSON. Fields that have their default are left out, so that fields which later versions add
    do not change what was recorded."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_defaults=True)
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, Enum):
        return as_json(value.value)
    return value if isinstance(value, str | int | float | bool | None) else type(value).__name__


def _record(saved: CheckpointTuple, before: CheckpointTuple | None) -> Record:
    checkpoint = saved.checkpoint
    values = {name: value for name, value in checkpoint["channel_values"].items() if _is_ours(name)}
    known = before.checkpoint["channel_versions"] if before else {}
    versions = checkpoint["channel_versions"]
    return Record(
        checkpoint_id=checkpoint["id"],
        step=int(saved.metadata.get("step", 0)),
        at=checkpoint["ts"],
        wrote={name: value for name, value in values.items() if versions.get(name) != known.get(name)},
        values=values,
        next=_next(checkpoint["channel_values"]),
        saved=saved,
    )


def _next(values: Mapping[str, Any]) -> list[str]:
    """The nodes to come: LangGraph triggers a node by a channel of its name."""
    nodes = sorted(name.removeprefix(_TO) for name in values if name.startswith(_TO))
    return [_START, *nodes] if _START in values else nodes


def _is_ours(channel: str) -> bool:
    return not channel.startswith(("__", "branch:"))
