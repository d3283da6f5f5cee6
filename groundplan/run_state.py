"""What flows through the execution graph, and the context that its nodes receive.

The state is small and stays so: ids, a version, counters. Outputs are in the ledger.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NotRequired, Protocol

from langgraph.runtime import Runtime
from typing_extensions import TypedDict

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.execution import Effects, FailurePolicy
from groundplan.domain.goal import Goal
from groundplan.domain.ledger import TaskState
from groundplan.domain.mitigation.kinds import AppliedMitigation
from groundplan.domain.outline import Outline
from groundplan.domain.patch import PlanPatch
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.standing import NOT_BEGUN, Standing
from groundplan.execution.last_states import LastStates
from groundplan.execution.lease import Leases
from groundplan.execution.monitoring import Monitor
from groundplan.execution.verified_plans import VerifiedPlans
from groundplan.execution.work import Work
from groundplan.state import Context, Revision
from groundplan.stores.run_protocol import RunStore


class RunInput(TypedDict):
    """What a run is given: the plan to run, and how (see `ExecutionRun`). The run's id is the thread's."""

    plan_id: str
    policy: NotRequired[str]
    max_concurrent_tasks: NotRequired[int]
    roll_back: NotRequired[bool]


class RunState(TypedDict, total=False):
    """The channels of the execution graph.

    `ending` is why the scheduler stopped (see `Ending`), `reason` the same in words; `version` the plan version that
    the run is at.
    """

    plan_id: str
    policy: str
    max_concurrent_tasks: int
    roll_back: bool
    version: int
    ending: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Another way for the rest of a plan: a patch against its version, why, who thought of it, and the risks that it
    is to meet, or no longer meets."""

    patch: PlanPatch
    why: str
    by: str
    calls: int = 0
    tokens: int = 0
    mitigated: Mapping[str, AppliedMitigation] = field(default_factory=dict)
    taken_back: Mapping[str, AppliedMitigation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setback:
    """What a replanner is told: the plan and goal, what its tasks came to, and why it does not go on.

    `history` are the reasons of the versions before; `asked` what a person asked for (strategy, breakdown, notes);
    `standing` what takes no more time.
    """

    run_id: str
    goal: Goal
    plan: ExecutionPlan
    states: Mapping[str, TaskState]
    reason: str
    history: Sequence[str] = ()
    asked: Mapping[str, Any] = field(default_factory=dict)
    standing: Standing = NOT_BEGUN


class Replanner(Protocol):
    """Finds another way for the rest of a plan."""

    async def propose(self, setback: Setback, context: Context) -> Proposal | None:
        """A patch that leaves finished tasks as they are; None if there is no other way."""
        ...


Revise = Callable[[Goal, Outline, Revision, str], Awaitable[ExecutionPlan]]
"""Makes the next version of a plan by the planning graph, as the planning run of that id."""


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """What the nodes of the execution graph work with. Never kept in state or checkpoints.

    `planning` holds plan store, keyring, tools and settings; `plans` gives plans with their signatures checked;
    `max_replans` bounds the versions that one run may make; `monitor` looks at runs while they go on.
    """

    planning: Context
    runs: RunStore
    plans: VerifiedPlans
    leases: Leases
    work: Work
    last_states: LastStates = field(default_factory=LastStates)
    revise: Revise
    replanner: Replanner | None = None
    policy: FailurePolicy = FailurePolicy.REPLAN
    max_replans: int = 3
    effects: Effects = Effects.LIVE
    forked_from: str | None = None
    monitor: Monitor | None = None


def run_id_of(runtime: Runtime[RunContext]) -> str:
    """The id of the run: the checkpointer's thread id.

    Raises:
        PlanningError: E5806 if the graph was invoked without `configurable.thread_id`.
    """
    info = runtime.execution_info
    if info is None or not info.thread_id:
        raise PlanningError(
            ErrorCode.SETTINGS_INVALID,
            "The execution graph was invoked without a thread id",
            recovery_suggestion="Invoke it with config={'configurable': {'thread_id': RUN_ID}}.",
        )
    return info.thread_id
