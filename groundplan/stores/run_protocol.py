"""What running a plan asks of its store: runs, leases, the ledger. One contract suite runs over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from groundplan.domain.events import Event
from groundplan.domain.execution import FINAL_RUNS, ExecutionRun, RunStatus
from groundplan.domain.ledger import LedgerEntry
from groundplan.domain.lifecycle import GoalStatus, PlanStatus
from groundplan.domain.task import Task
from groundplan.stores.conflicts import asked_already

Request = Literal["cancel", "drain", "replan"]
BEFORE_RUN = frozenset({PlanStatus.PENDING, PlanStatus.DRAFT, PlanStatus.VALIDATED, PlanStatus.AWAITING_APPROVAL})
"""The statuses of a plan that nobody has begun to run."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks of a run's runner, with who and why in `said`."""

    request: Request
    said: Mapping[str, Any]


YIELDS = "yields"
"""Said of a wish to replan that another one may replace until it is taken up: the monitor's."""
HOLDS = "holds"
"""Said of a wish to replan: the ids of the tasks that are not begun before it is answered."""
_THEN = "then"
"""Said of a drain: the wish that it has put aside, for whoever goes on with the run."""


def request_after(run_id: str, known: Asked | None, asked: Asked | None) -> Asked | None:
    """What lies at a run when this is asked (None: taken back).

    There is room for one. A cancellation replaces all and stands; a drain puts a wish aside, and only a drain is taken
    back; a wish is left where nothing lies, or a wish that yields to it.

    Raises:
        PlanningError: E5203 for a wish that there is no room for.
    """
    if known is None or known == asked or (asked is not None and asked.request == "cancel"):
        return asked
    if asked is None:
        return known if known.request != "drain" else drained_from(known)
    if asked.request == "drain":
        return Asked("drain", {_THEN: _without_yielding(known)}) if known.request == "replan" else known
    if known.said.get(YIELDS) and not asked.said.get(YIELDS):
        return asked
    raise asked_already(run_id, known.request, str(known.said.get("by", "")))


def drained_from(known: Asked | None) -> Asked | None:
    """What lies at the run for the runner after the one that was drained."""
    if known is None or known.request != "drain":
        return known
    return Asked("replan", known.said[_THEN]) if _THEN in known.said else None


def request_left(known: Asked | None, before: ExecutionRun, after: ExecutionRun, change: RunChange) -> Asked | None:
    """What of a request is left after a step: none once the run is over, no wish to replan once it is answered; one
    that is taken up yields no more."""
    if known is None or after.status in FINAL_RUNS:
        return None
    if change.drops_wish or after.version != before.version:
        return {"cancel": known, "drain": Asked("drain", {}), "replan": None}[known.request]
    return Asked(known.request, _without_yielding(known)) if change.takes_wish else known


def _without_yielding(wish: Asked) -> dict[str, Any]:
    return {name: value for name, value in wish.said.items() if name != YIELDS}


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write a run's ledger. `epoch` grows with each taking; `seconds` is how long it holds unrenewed."""

    run_id: str
    plan_id: str
    goal_id: str
    epoch: int
    owner: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChange:
    """A step of a run, with what it means for its plan and goal: written in one transaction.

    `version` is the plan version that the run is at from now on; `plan` and `goal` are next statuses (None: as they
    are); `tasks` what the run has made of tasks, by id, kept beside the plan. `drops_wish`: a wish to replan came to
    nothing.
    """

    status: RunStatus
    now: datetime
    version: int | None = None
    plan: PlanStatus | None = None
    goal: GoalStatus | None = None
    replans_left: int | None = None
    drops_wish: bool = False
    tasks: Mapping[str, Task] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    events: Sequence[Event] = ()
    epoch: int | None = None
    """The lease under which the step is taken; E5205 if it was taken over meanwhile. None: whoever asks holds none."""

    @property
    def takes_wish(self) -> bool:
        """Whether somebody begins to plan anew, as was asked."""
        return self.plan is PlanStatus.REPLANNING

    def applied_to(self, run: ExecutionRun) -> ExecutionRun:
        """The run after the step; the same run if it has taken it already, or is finished (and not rolled back)."""
        rolls_back = self.status in (RunStatus.ROLLING_BACK, RunStatus.ROLLED_BACK)
        if run.status in FINAL_RUNS and not (rolls_back and run.status is not RunStatus.ROLLED_BACK):
            return run
        update: dict[str, Any] = {"status": self.status}
        if self.version is not None:
            update["version"] = self.version
        if self.replans_left is not None:
            update["replans_left"] = self.replans_left
        moved = run.model_copy(update=update)
        if moved == run:
            return run
        finished = self.now if self.status in FINAL_RUNS else None
        return moved.model_copy(update={"finished_at": finished, "error": self.error})

    def is_taken(self, before: ExecutionRun, after: ExecutionRun) -> bool:
        """Whether there is nothing left to do: the run stays as it is, and nothing moves or is kept beside it."""
        if self.plan is None and self.tasks:
            return False
        return after == before and (self.plan is None or before.status in FINAL_RUNS)


class Joined(Protocol):
    """A transaction that an effect shares with the outcome of its task."""

    connection: Any
    """The psycopg connection; what the effect does through it is committed with the outcome, or not at all."""

    @property
    def is_lost(self) -> bool:
        """Whether the connection has broken, so that nothing of the transaction is left."""
        ...

    async def write(self, entry: LedgerEntry, events: Sequence[Event]) -> None:
        """Write the outcome. The transaction commits when its block ends."""
        ...


class RunStore(Protocol):
    """Runs of plans, who may go on with them, and their ledgers.

    Every method has committed when it returns, and may be repeated: what is there already stays as it is. Errors are
    `PlanningError`: E5800 when the database is away, E5205 for a run that another runner holds.
    """

    async def open_run(self, run: ExecutionRun, events: Sequence[Event]) -> None:
        """Record the run and move its plan and goal to `executing`, unless it repeats another run (`forked_from`).

        Doing it again with the same run does nothing. E5002 for no such plan, E5202 if the plan waits for approval,
        E5203 if it cannot be run in its status, E5205 if another run of it is open.
        """
        ...

    async def get_run(self, run_id: str) -> ExecutionRun:
        """The run. E5003 if there is none."""
        ...

    async def list_runs(
        self, *, plan_id: str | None = None, status: RunStatus | None = None, live: bool = False, limit: int = 100
    ) -> list[ExecutionRun]:
        """Runs, the latest first; with `live` without those that repeat another one."""
        ...

    async def runs_in_doubt(self, limit: int = 100) -> list[ExecutionRun]:
        """Runs with a task in doubt, whatever became of them, the latest first; not those that repeat another one."""
        ...

    async def change_run(self, run_id: str, change: RunChange) -> ExecutionRun:
        """Take the step. A run that has the status and version already, or a final status, stays as it is; the plan of
        one that is not final moves all the same, and `tasks` without a status for the plan are kept."""
        ...

    async def withdraw_plan(self, plan_id: str, now: datetime, events: Sequence[Event]) -> bool:
        """Cancel a plan that was not begun, and its goal; False if it was begun or is over. E5002."""
        ...

    async def take_lease(self, run_id: str, owner: str, seconds: float) -> Lease:
        """Become the one who writes the run's ledger; a request to drain was for the runner before. E5205 while
        somebody else's lease lasts; E5003."""
        ...

    async def renew_lease(self, lease: Lease) -> Asked | None:
        """Hold it for its seconds from now on; what somebody asks of the runner. E5205 if it was taken over."""
        ...

    async def release_lease(self, lease: Lease) -> None:
        """Let others take it at once. Harmless for one that was taken over."""
        ...

    async def ask(self, run_id: str, asked: Asked | None) -> bool:
        """Leave a request for the runner (None takes a drain back); False for a run that is finished.

        See `request_after` and `request_left` for how long it stands. E5203 for a wish to replan where another request
        lies: nothing is overwritten, whoever asks at the same time.
        """
        ...

    async def asked(self, run_id: str) -> Asked | None:
        """The request that lies there."""
        ...

    async def append(self, lease: Lease, entries: Sequence[LedgerEntry], events: Sequence[Event] = ()) -> None:
        """Add the entries and their events. An entry that is there already (same task, attempt, kind) is left as it is,
        and then none of the events is written either. E5205 if the lease was taken over: nothing is written."""
        ...

    async def read_ledger(self, run_id: str) -> list[LedgerEntry]:
        """Every entry, in the order written; none for a run that has begun nothing."""
        ...

    def joined(self, lease: Lease) -> AbstractAsyncContextManager[Joined]:
        """A transaction for an effect in the same database, fenced like `append`."""
        ...
