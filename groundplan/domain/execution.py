"""A run of a plan: its id, how it goes about failures, and what its tasks use."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from groundplan.domain.frozen import Frozen, UtcDatetime
from groundplan.domain.ids import Id


class FailurePolicy(StrEnum):
    """What a failed task means for its plan.

    `abort`: nothing more is started, what runs is let finish. `continue`: what does not need the failed task goes
    on. `replan`: what runs is let finish, then the rest of the plan is made anew.
    """

    ABORT = "abort"
    CONTINUE = "continue"
    REPLAN = "replan"


class RunStatus(StrEnum):
    """`waiting`: nothing can go on before a person decided (an approval, a task in doubt)."""

    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"


FINAL_RUNS = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.ROLLED_BACK})


class Effects(StrEnum):
    """Whether a run touches the world: `live`, or `stubbed`, a rerun that takes the recorded outcomes instead."""

    LIVE = "live"
    STUBBED = "stubbed"


class Usage(Frozen):
    """What one attempt at a task used: model tokens in and out, and money."""

    tokens: int = Field(default=0, ge=0, lt=2**31)
    cost: float = Field(default=0.0, ge=0, allow_inf_nan=False)


class Fork(Frozen):
    """How a run repeats another one (its `forked_from`), whose effects it does not repeat.

    `entries` lines of that run's ledger were taken over, without those of the tasks in `anew`; `changes` are what was
    set, by path; `released` the tools that may have effects (`all`: every one).
    """

    entries: int = Field(default=0, ge=0)
    anew: list[str] = Field(default_factory=list)
    version: int = Field(default=1, ge=1)
    changes: dict[str, Any] = Field(default_factory=dict)
    released: list[str] = Field(default_factory=list)


class ExecutionRun(Frozen):
    """One run of a plan. `version` is the version of the plan that it is at; `forked_from` the run it repeats.

    `keys_of` is the first of the runs that this one goes on from: what they began and this one does once more has the
    same idempotency key. `keys_anew` are the exceptions, by task: the run since which it has another, as it was undone.
    """

    run_id: Id
    plan_id: Id
    goal_id: str
    agent_did: str
    version: int = Field(default=1, ge=1)
    status: RunStatus = RunStatus.RUNNING
    policy: FailurePolicy = FailurePolicy.REPLAN
    effects: Effects = Effects.LIVE
    max_concurrent_tasks: int = Field(default=10, ge=1)
    replans_left: int = Field(default=3, ge=0)
    keys_of: str | None = None
    keys_anew: dict[str, str] = Field(default_factory=dict)
    forked_from: str | None = None
    fork: Fork | None = None
    created_at: UtcDatetime
    finished_at: UtcDatetime | None = None
    error: dict[str, Any] | None = None

    def keyed_by(self, task_id: str) -> str:
        """The run whose id is in the idempotency keys of the task."""
        return self.keys_anew.get(task_id) or self.keys_of or self.run_id
