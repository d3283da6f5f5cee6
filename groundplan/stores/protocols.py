"""What the planner asks of its stores. One contract suite runs over every implementation of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from groundplan.domain.approval import Approval, Decision
from groundplan.domain.diff import PlanDiff
from groundplan.domain.events import Event
from groundplan.domain.frozen import Frozen, UtcDatetime
from groundplan.domain.goal import Goal
from groundplan.domain.lifecycle import GoalStatus, PlanStatus
from groundplan.domain.outline import Outline
from groundplan.domain.plan import ExecutionPlan, Signature
from groundplan.domain.risk import Impact, Merge, Risk, replaced
from groundplan.domain.risk_alerts import RiskAlert
from groundplan.domain.runs import ModelAnswer, PlanningRun


class PlanSummary(Frozen):
    """A plan in one row, latest version."""

    plan_id: str
    version: int
    goal_id: str
    agent_did: str
    goal_text: str
    status: PlanStatus
    task_count: int
    created_at: UtcDatetime
    updated_at: UtcDatetime


class PlanVersion(Frozen):
    """One version of a plan: why it exists and how it differs from the one before."""

    version: int
    reason: str
    diff: PlanDiff
    created_at: UtcDatetime


class PlanStore(Protocol):
    """Goals, runs, plans in all versions with their tasks, approvals and events.

    Every method that changes something writes its events in the same transaction, and has committed when it
    returns. Errors are `PlanningError`: E5800 when the database cannot be reached (said within 5 s), E5803
    for an id that exists with other content, E5807 for a value that the database refuses.
    """

    async def receive(self, goal: Goal, run: PlanningRun, events: Sequence[Event]) -> None:
        """Record goal and run. Doing it again with the same content does nothing (events neither);
        the same id with another text or owner is E5803."""
        ...

    async def set_goal_status(
        self,
        goal_id: str,
        status: GoalStatus,
        events: Sequence[Event] = (),
        *,
        error: dict[str, Any] | None = None,
    ) -> None:
        """Move the goal along. A goal that has the status already, or a final one, stays as it is."""
        ...

    async def get_goal(self, goal_id: str) -> Goal:
        """The goal with its present status (its error under `metadata["error"]`). E5003 if there is none."""
        ...

    async def list_goals(self, *, status: GoalStatus | None = None, limit: int = 100) -> list[Goal]:
        """Goals, the latest first."""
        ...

    async def get_run(self, run_id: str) -> PlanningRun:
        """The planning run. E5003 if there is none."""
        ...

    async def list_runs(self, *, goal_id: str | None = None, limit: int = 100) -> list[PlanningRun]:
        """Planning runs, the latest first."""
        ...

    async def commit_plan(
        self,
        plan: ExecutionPlan,
        events: Sequence[Event],
        *,
        reason: str,
        diff: PlanDiff | None = None,
        approval: Approval | None = None,
        decided: Approval | None = None,
        expects: PlanStatus | None = None,
    ) -> None:
        """Store one version of a plan with its tasks, its request for approval and its events, and make the
        goal ready: one transaction. Storing the same plan and version with the same signature again does
        nothing; with another signature it is E5803, and so is a version that does not follow the latest.

        Args:
            decided: the decision on the version before that this version comes of. It is written in the same
                transaction; E5202 if that version does not wait for one (any more).
            expects: the status of the version before for which this one was made; E5803 if it has another one now.
        """
        ...

    async def get_plan(self, plan_id: str, version: int | None = None) -> ExecutionPlan:
        """The plan as stored (the highest version by default), signature unchecked. E5002 if there is none."""
        ...

    async def list_plans(
        self, *, goal_id: str | None = None, status: PlanStatus | None = None, limit: int = 100
    ) -> list[PlanSummary]:
        """The latest version of each plan, latest first."""
        ...

    async def list_alerts(self, *, probability: float, impact: Impact, limit: int = 100) -> list[RiskAlert]:
        """The risks for which `is_alert` holds of the latest versions of plans that stand (`STANDING`), the gravest
        first, those of later plans before others."""
        ...

    async def list_versions(self, plan_id: str) -> list[PlanVersion]:
        """Every version, oldest first. E5002 if there is no such plan."""
        ...

    async def get_approval(self, plan_id: str, version: int | None = None) -> Approval | None:
        """The request for approval of that version (the latest by default), decided or not."""
        ...

    async def list_waiting(self, limit: int = 100) -> list[Approval]:
        """Undecided requests for approval of latest versions that wait for it, oldest first."""
        ...

    async def decide(
        self,
        plan_id: str,
        version: int,
        decision: Decision,
        *,
        status: PlanStatus,
        now: datetime,
        events: Sequence[Event],
        signature: Signature | None = None,
    ) -> None:
        """Write the decision on a waiting version and its signature, with the plan's next status, in one transaction;
        a plan cancelled by it cancels its goal. The same decision again does nothing; another one, or one on a
        version that does not wait or is not the latest, is E5202. An edit comes with the version that it leads to:
        see `commit_plan`."""
        ...

    async def change_risks(
        self,
        plan_id: str,
        version: int,
        risks: Sequence[Risk],
        events: Sequence[Event] = (),
        *,
        merge: Merge = replaced,
    ) -> None:
        """Put these risks in the place of those of that version with the same ids, new ones behind them, with their
        events, in one transaction; where they are there already, nothing. `merge` makes one of what is there in that
        transaction and what it is to become. Risks are not signed. E5002 if there is no such version."""
        ...

    async def read_events(self, *, after: int = 0, plan_id: str | None = None, limit: int = 1000) -> list[Event]:
        """Events in order, those with `event_id > after`."""
        ...

    async def counts(self) -> dict[str, dict[str, int]]:
        """How many goals and plans there are by status: `{"goals": {…}, "plans": {…}}`."""
        ...


class ModelAnswers(Protocol):
    """The answers that models gave to planning runs, by run and hash of the prompt."""

    async def get(self, run_id: str, key: str) -> ModelAnswer | None:
        """The answer kept for this run and prompt."""
        ...

    async def put(self, run_id: str, key: str, answer: ModelAnswer) -> None:
        """Keep the answer; committed when this returns. The first one stays."""
        ...

    async def of_run(self, run_id: str) -> list[ModelAnswer]:
        """Every answer that was given to the run, in the order of asking."""
        ...


class PlanCache(Protocol):
    """Outlines by the hash of everything that shapes them. A cache that fails is a miss, never an error."""

    async def get(self, key: str, *, shared: bool = True) -> Outline | None:
        """The outline kept under `key`, or None. At most one caller of a process is told None for a key
        at a time: the others wait until it calls `put` or `forget`, then look again (stampede protection).

        With `shared=False` other processes are not asked: it takes longer than to make the outline.
        """
        ...

    async def put(self, key: str, outline: Outline, *, shared: bool = True) -> None:
        """Keep the outline for the cache's time to live, and wake those who wait for it. `shared` as for `get`."""
        ...

    async def forget(self, key: str) -> None:
        """Nobody will put this key: wake the next one who waits. Harmless for a key that nobody holds."""
        ...

    def stats(self) -> dict[str, float]:
        """`hits`, `misses`, `hit_rate` (0.0 before the first look-up), `l1_hits`, `l2_hits`, `l2_errors`."""
        ...
