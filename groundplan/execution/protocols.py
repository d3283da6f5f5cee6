"""What runs a task, as a port: one small protocol, and what passes through it.

    registry.executor_for(task)  →  Executor          None: "no executor for …", E5201
    executor.declaration(task)   →  Declaration       what may be done after a crash
    await executor.run(call)     →  Produced          or an exception: the attempt failed

An executor that raises says that the effect did not happen. One that does not know raises `InDoubtError`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from groundplan.domain.execution import Usage
from groundplan.domain.task import Task


def _unheard(share: float, note: str) -> None:
    """Progress that nobody listens to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCall:
    """One attempt at one task, as an executor gets it.

    `inputs` are complete: bindings filled, secrets resolved (so they must not be logged). `idempotency_key` is the
    same for every attempt at the task with the same arguments, before and after a crash. `report(share, note)`
    tells how far the work is, from 0.0 to 1.0.
    """

    task: Task
    plan_id: str
    run_id: str
    attempt: int
    idempotency_key: str
    inputs: Mapping[str, Any] = field(repr=False)
    domain: Mapping[str, Any] = field(default_factory=dict)
    agent_id: str | None = None
    report: Callable[[float, str], None] = _unheard
    connection: Any = None
    """For a transactional tool: the psycopg connection whose transaction also records the outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """What an attempt gave: a JSON value, what it used, and what `view` should show of it (a prompt, a thread id)."""

    output: Any = None
    usage: Usage = field(default_factory=Usage)
    record: Mapping[str, Any] = field(default_factory=dict)


class ReconcileVerdict(StrEnum):
    """What `reconcile` found out about an effect that was cut off."""

    DONE = "done"
    NOT_DONE = "not_done"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """The answer of a tool that was asked what became of its effect; `output` goes with `DONE`."""

    verdict: ReconcileVerdict
    output: Any = None


Reconcile = Callable[[TaskCall], Awaitable[Reconciled]]
Compensate = Callable[[TaskCall, Any], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What a tool says of itself. Nothing said means: an effect that must not be repeated.

    Attributes:
        idempotent: running it again with the same idempotency key has no further effect.
        pure: it has no effect at all but its cost, so it is idempotent, and may be cut off at any moment.
        reconcile: finds out, by key and arguments, whether a cut-off effect happened.
        compensate: undoes a completed effect; gets the call and its output.
        irreversible: it cannot be undone.
        transactional: its effect is in the ledger's database and joins the outcome's transaction (exactly once).
    """

    idempotent: bool = False
    pure: bool = False
    reconcile: Reconcile | None = None
    compensate: Compensate | None = None
    irreversible: bool = False
    transactional: bool = False

    def __post_init__(self) -> None:
        if self.pure:
            object.__setattr__(self, "idempotent", True)


class Executor(Protocol):
    """Runs tasks of one kind."""

    def declaration(self, task: Task) -> Declaration:
        """What the tool behind this task says of itself."""
        ...

    async def run(self, call: TaskCall) -> Produced:
        """Do the task. Cancelling this must stop the work for real, or say so by `InDoubtError`.

        Raises:
            Exception: the attempt failed, and had no effect that matters.
            InDoubtError: whether it had an effect is unknown.
        """
        ...


class Executors(Protocol):
    """Finds who runs a task."""

    def executor_for(self, task: Task) -> Executor | None:
        """The executor for this task, by its tool, type and capabilities; None if nobody can run it."""
        ...


class InDoubtError(Exception):
    """Raised by an executor that does not know whether its effect happened. The text says why."""
