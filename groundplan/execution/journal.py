"""One unit of the ledger: the entries and events that are committed together, and the claims that follow from it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from groundplan.domain.events import Event, EventType
from groundplan.domain.ledger import EntryKind, LedgerEntry
from groundplan.domain.task import Task
from groundplan.execution.protocols import Executor
from groundplan.stores.run_protocol import Lease

EVENT_OF = {
    EntryKind.CLAIMED: EventType.TASK_STARTED,
    EntryKind.COMPLETED: EventType.TASK_COMPLETED,
    EntryKind.FAILED: EventType.TASK_FAILED,
    EntryKind.RETRYING: EventType.TASK_RETRYING,
    EntryKind.CANCELLED: EventType.TASK_CANCELLED,
    EntryKind.SKIPPED: EventType.TASK_SKIPPED,
    EntryKind.BLOCKED: EventType.TASK_BLOCKED,
    EntryKind.IN_DOUBT: EventType.TASK_IN_DOUBT,
    EntryKind.REOPENED: EventType.TASK_READY,
    EntryKind.COMPENSATED: EventType.TASK_COMPENSATED,
}


@dataclass(slots=True, eq=False)
class Claim:
    """An attempt that is claimed, or was claimed by a runner that is gone. Mutable: it is one attempt's life."""

    task: Task
    attempt: int
    key: str
    inputs: Mapping[str, Any]
    executor: Executor
    reserved: tuple[int, float] = (0, 0.0)
    agent: str | None = None
    has_place: bool = False
    """Whether its agent is counted as busier by it."""
    recovers: bool = False
    """Whether its effect was begun by a runner that is gone."""
    written: asyncio.Future[None] | None = None
    """Of one whose effect began before its claim was committed: done once it is."""
    began: float = 0.0
    work: asyncio.Task[None] | None = None
    in_effect: bool = False
    expired: bool = False
    settled: bool = False


@dataclass(slots=True)
class Unit:
    """What is committed at once."""

    lease: Lease
    at: datetime
    entries: list[LedgerEntry] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)

    def add(self, entry: LedgerEntry, **data: Any) -> LedgerEntry:
        """An entry and the event that tells of it."""
        self.entries.append(entry)
        if entry.kind in EVENT_OF:
            self.tell(EVENT_OF[entry.kind], entry.task_id, attempt=entry.attempt, **data)
        return entry

    def tell(self, kind: EventType, task_id: str, **data: Any) -> None:
        """An event about a task. `data` is for everybody to see: never inputs, outputs or texts of tools."""
        lease = self.lease
        self.events.append(
            Event.model_construct(
                type=kind,
                at=self.at,
                goal_id=lease.goal_id,
                plan_id=lease.plan_id,
                run_id=lease.run_id,
                data={"task_id": task_id, **data},
                event_id=None,
            )
        )

    def __bool__(self) -> bool:
        return bool(self.entries or self.events)
