"""Runs and ledger entries as rows, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import PydanticSerializationError, to_json

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.events import Event
from groundplan.domain.execution import ExecutionRun
from groundplan.domain.ledger import EntryKind, LedgerEntry
from groundplan.stores.postgres.plan_rows import as_json
from groundplan.stores.postgres.writes import Row
from groundplan.stores.run_protocol import Lease

RUN_COLUMNS = {
    "run_id", "plan_id", "version", "goal_id", "agent_did", "status", "forked_from", "created_at", "finished_at",
    "error",
}  # fmt: skip


def run_details(run: ExecutionRun) -> str:
    """The fields of a run that have no column of their own."""
    return as_json(run, RUN_COLUMNS).decode()


def run_from(row: Mapping[str, Any]) -> ExecutionRun:
    """The run in a row of `get_execution_run`."""
    return ExecutionRun.model_validate(row["details"] | {name: row[name] for name in RUN_COLUMNS})


def ledger_row(lease: Lease, entry: LedgerEntry, events: Sequence[Event]) -> Row:
    """A row for `append_ledger`."""
    return (
        lease.run_id, entry.task_id, entry.attempt, entry.kind.value, lease.epoch, entry.at, entry.agent, entry.key,
        _json(entry.arguments), _json(entry.output), _json(entry.error), entry.tokens, entry.cost,
        _json(entry.record), _events(events),
    )  # fmt: skip


def entry_from(row: Mapping[str, Any]) -> LedgerEntry:
    """The entry in a row of `read_ledger`."""
    return LedgerEntry(**{**row, "kind": EntryKind(row["kind"])})


def _json(value: Any) -> bytes | None:
    if value is None:
        return None
    try:
        return to_json(value, inf_nan_mode="strings")
    except (PydanticSerializationError, ValueError) as error:
        raise PlanningError(
            ErrorCode.STORE_REJECTED,
            f"A value cannot be stored as JSON: {error}",
            recovery_suggestion="Let tools return JSON values: dictionaries, lists, text, numbers, true, false, null.",
        ) from error


def _events(events: Sequence[Event]) -> bytes | None:
    if not events:
        return None
    return to_json(
        [
            {"type": event.type, "at": event.at, "goal_id": event.goal_id, "plan_id": event.plan_id, "data": event.data}
            for event in events
        ]
    )
