"""What running tasks needs beside the plan: who runs them, who does them, what they may see, and the limits."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from groundplan.domain.agents import AgentAssignment
from groundplan.domain.execution import Effects
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.pricing import Prices
from groundplan.domain.ready_set import Holds
from groundplan.domain.task import Task
from groundplan.execution.access import EVERYTHING, AccessPolicy
from groundplan.execution.protocols import Executors
from groundplan.execution.resources.grants import GrantLimits
from groundplan.execution.resources.provider import ResourceProvider


class Assigner(Protocol):
    """Finds an agent for a task, and keeps count of who is busy."""

    def assign(self, task: Task) -> AgentAssignment | None:
        """Who does it, now counted as busier; None if tasks like this need nobody.

        Raises:
            PlanningError: E5900, retryable if everybody who could do it is busy.
        """
        ...

    def release(self, agent_id: str) -> None:
        """The agent is done with one task."""
        ...

    def watch(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake` whenever a task that was refused for want of a free agent may get one; returns what ends that."""
        ...


class Masks(Protocol):
    """Makes secrets unreadable in whatever is kept or shown."""

    def mask(self, value: Any) -> Any:
        """The text or JSON value with every secret replaced."""
        ...


class Secrets(Protocol):
    """Puts the values of secrets in the place of their references."""

    async def reveal(self, task: Task, inputs: Mapping[str, Any]) -> tuple[Mapping[str, Any], Masks]:
        """The inputs as the effect gets them, and what masks those values from then on.

        Raises:
            PlanningError: E54xx for a secret that is not there or not allowed.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLimits:
    """Bounds on running tasks, in seconds.

    `timeout` for tasks that name none, `grace` for one that was cancelled to end, `drain` for what runs when the
    runner is asked to stop, `wish` at least for what runs when it is asked to plan anew, `patience` with a database
    that is away, `reconcile` for a tool to say what became of its effect.
    """

    timeout: float = 8 * 3600.0
    grace: float = 5.0
    drain: float = 30.0
    wish: float = 300.0
    patience: float = 120.0
    reconcile: float = 60.0
    kept_arguments: int = 16_384
    """Bytes of arguments that the ledger keeps with a claim; of larger ones only the hash."""
    kept_output: int = 32_000_000
    """Bytes of one output that the ledger keeps at most, whatever its executor allows."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _nothing(plan: ExecutionPlan, task: Task) -> Mapping[str, Any]:  # noqa: ARG001  # a default of the same shape
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The surroundings of a run's tasks.

    Attributes:
        executors: finds who runs a task.
        holds: evaluates conditions.
        secrets: resolves references at the call; without it a reference is refused.
        access: says which tools and secrets a task may use.
        prices: what attempts cost whose executors do not say.
        assigner: finds agents; without it tasks go to executors as they are.
        resources: grants what tasks need beside agents; without it they just begin.
        domain: the domain context that a task is given.
        rng: spreads the waits between attempts.
    """

    executors: Executors
    holds: Holds
    secrets: Secrets | None = None
    access: AccessPolicy = EVERYTHING
    prices: Prices = field(default_factory=Prices)
    assigner: Assigner | None = None
    resources: ResourceProvider | None = None
    grants: GrantLimits = field(default_factory=GrantLimits)
    domain: Callable[[ExecutionPlan, Task], Mapping[str, Any]] = _nothing
    limits: WorkLimits = field(default_factory=WorkLimits)
    clock: Callable[[], datetime] = _utc_now
    rng: random.Random = field(default_factory=random.Random)
    effects: Effects = Effects.LIVE
