"""The ledger of a run: what was begun, what came of it, and the state of every task that follows.

    CLAIMED ─ effect ─→ COMPLETED | FAILED | RETRYING | CANCELLED      the outcome of the same attempt
    CLAIMED ─ crash ──→ IN_DOUBT ─→ COMPLETED | FAILED | RETRYING      reconciled, by key, or by a person
    SKIPPED | BLOCKED                                                  never begun
    FAILED | BLOCKED | SKIPPED ─→ REOPENED                             a new version of the plan tries it again
    COMPLETED ─→ COMPENSATING ─→ COMPENSATED | NOT_COMPENSATED         rolled back

Entries are only ever added. A claim is committed before the effect, its outcome after it; a claim without an outcome
whose runner is gone is in doubt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from groundplan.domain.lifecycle import TaskStatus


class EntryKind(StrEnum):
    """What an entry says. `RETRYING`: the attempt failed and another one follows."""

    CLAIMED = "claimed"
    COMPLETED = "completed"
    FAILED = "failed"
    RETRYING = "retrying"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    BLOCKED = "blocked"
    IN_DOUBT = "in_doubt"
    REOPENED = "reopened"
    COMPENSATING = "compensating"
    COMPENSATED = "compensated"
    NOT_COMPENSATED = "not_compensated"


_STATUS = {
    EntryKind.CLAIMED: TaskStatus.EXECUTING,
    EntryKind.COMPLETED: TaskStatus.COMPLETED,
    EntryKind.FAILED: TaskStatus.FAILED,
    EntryKind.RETRYING: TaskStatus.READY,
    EntryKind.CANCELLED: TaskStatus.CANCELLED,
    EntryKind.SKIPPED: TaskStatus.SKIPPED,
    EntryKind.BLOCKED: TaskStatus.BLOCKED,
    EntryKind.IN_DOUBT: TaskStatus.IN_DOUBT,
    EntryKind.REOPENED: TaskStatus.PENDING,
    EntryKind.COMPENSATING: TaskStatus.COMPLETED,
    EntryKind.COMPENSATED: TaskStatus.COMPENSATED,
    EntryKind.NOT_COMPENSATED: TaskStatus.COMPLETED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One line of the ledger. Not a model: a run of 10,000 tasks makes 20,000 of them.

    Attributes:
        attempt: from 1; 0 for a task that was never begun. A reopening takes a number too, so that no two entries of a
            task have the same number and kind.
        key: the idempotency key of a claim.
        arguments: what the effect was given, secrets as references.
        tokens, cost: reserved by a claim, used by an outcome.
        record: what `view` shows beside it: a prompt, a thread id, who decided and why, when to try again.
        epoch: the lease under which it was written; given by the store.
    """

    task_id: str
    attempt: int
    kind: EntryKind
    at: datetime
    agent: str | None = None
    key: str | None = None
    arguments: dict[str, Any] | None = None
    output: Any = None
    error: dict[str, Any] | None = None
    tokens: int = 0
    cost: float = 0.0
    record: dict[str, Any] | None = None
    epoch: int = 0


@dataclass(slots=True)
class TaskState:
    """Where a task of a run stands: its entries, added up. Mutable: `apply` moves it on."""

    status: TaskStatus = TaskStatus.PENDING
    attempt: int = 0
    """The number of the latest attempt, or of its reopening."""
    claims: int = 0
    """How many attempts were made."""
    tries: int = 0
    """How many of them since it was last reopened: what a retry policy counts."""
    epoch: int = 0
    agent: str | None = None
    key: str | None = None
    output: Any = None
    error: dict[str, Any] | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    tokens: int = 0
    cost: float = 0.0
    reserved_tokens: int = 0
    reserved_cost: float = 0.0
    compensating: bool = False
    effect: str = ""
    """Of a task that failed: `done` if it had its effect all the same, `maybe` if an attempt was cut off."""
    records: list[dict[str, Any]] = field(default_factory=list)

    def apply(self, entry: LedgerEntry) -> None:
        """Take in the next entry about this task."""
        kind = entry.kind
        self.status = _STATUS[kind]
        if entry.record:
            self.records.append(entry.record)
        if kind is EntryKind.CLAIMED:
            self._claim(entry)
            return
        if kind is EntryKind.REOPENED:
            self._reopen(entry)
            return
        self.compensating = kind is EntryKind.COMPENSATING
        if self.compensating:
            self.attempt = entry.attempt
        if kind in (EntryKind.COMPENSATING, EntryKind.NOT_COMPENSATED):
            return
        self.error = entry.error
        if kind is EntryKind.IN_DOUBT:
            return
        self.effect = "" if kind is EntryKind.COMPLETED else _effect_of(entry) or self.effect
        self.ended_at = entry.at
        self.reserved_tokens, self.reserved_cost = 0, 0.0
        self.tokens += entry.tokens
        self.cost += entry.cost
        if kind is EntryKind.COMPLETED:
            self.output = entry.output

    @property
    def may_have_happened(self) -> bool:
        """Whether a failed task has had its effect, or may have: nothing else may be done in its place."""
        return self.status is TaskStatus.FAILED and bool(self.effect)

    def _claim(self, entry: LedgerEntry) -> None:
        self.attempt = entry.attempt
        self.claims += 1
        self.tries += 1
        self.epoch = entry.epoch
        self.agent, self.key = entry.agent, entry.key
        self.started_at, self.ended_at, self.error = entry.at, None, None
        self.reserved_tokens, self.reserved_cost = entry.tokens, entry.cost

    def _reopen(self, entry: LedgerEntry) -> None:
        self.attempt, self.tries = entry.attempt, 0
        self.error, self.started_at, self.ended_at = None, None, None


def _effect_of(entry: LedgerEntry) -> str:
    details = (entry.error or {}).get("details")
    return str(details.get("effect") or "") if isinstance(details, dict) else ""


def fold(entries: Iterable[LedgerEntry]) -> dict[str, TaskState]:
    """The state of every task that has an entry, from the entries in the order in which they were written."""
    states: dict[str, TaskState] = {}
    for entry in entries:
        state = states.get(entry.task_id)
        if state is None:
            state = states[entry.task_id] = TaskState()
        state.apply(entry)
    return states


def in_order_of_completion(entries: Iterable[LedgerEntry]) -> list[str]:
    """The ids of the tasks that were completed, the first one first: by the ledger, as clocks may jump."""
    return list(dict.fromkeys(entry.task_id for entry in entries if entry.kind is EntryKind.COMPLETED))


def idempotency_key(run_id: str, task_id: str, arguments_hash: str) -> str:
    """The key of an effect: the same for every attempt at the task with the same arguments, in one run."""
    return hashlib.sha256(f"{run_id}\0{task_id}\0{arguments_hash}".encode()).hexdigest()[:32]
