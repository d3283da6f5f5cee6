"""What flows through the planning graph, and the context that its nodes receive.

One channel holds one node's product and is one domain model, so that a checkpoint stores it once.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NotRequired

from langchain_core.language_models import BaseChatModel
from langgraph.runtime import Runtime
from pydantic import Field
from typing_extensions import TypedDict

from groundplan.domain.agents import AgentCapability
from groundplan.domain.approval import Approval
from groundplan.domain.cache_key import cache_key
from groundplan.domain.dependency_graph import DependencyGraph
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.findings import Finding, ValidationResult
from groundplan.domain.frozen import Frozen
from groundplan.domain.goal import Goal
from groundplan.domain.ids import PlanId, RunId, plan_id_of
from groundplan.domain.learned_estimates import LearnedEstimates
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.mitigation.kinds import AppliedMitigation
from groundplan.domain.outline import Outline
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.pricing import Prices, price_of_tokens
from groundplan.domain.pricing_list import NO_PRICES, PriceList
from groundplan.domain.resources import ResourceEstimate
from groundplan.domain.risk import Risk
from groundplan.domain.runs import CheckpointMode
from groundplan.domain.schedule import Schedule
from groundplan.domain.settings import PlannerSettings
from groundplan.domain.signing import Keyring
from groundplan.domain.standing import NOT_BEGUN, Standing
from groundplan.domain.task import Task
from groundplan.domain.tools import ToolSpec
from groundplan.domain.validation import Surroundings
from groundplan.stores.protocols import ModelAnswers, PlanCache, PlanStore
from groundplan.templates.registry import TemplateRegistry


class Dependencies(Frozen):
    """The product of `resolve`: tasks with ids and explicit waits, or what stands in the way of them."""

    tasks: list[Task]
    graph: DependencyGraph
    problems: list[Finding] = Field(default_factory=list)


class Estimates(Frozen):
    """The product of `estimate`, by task id."""

    by_task: dict[str, ResourceEstimate]


class RiskRegister(Frozen):
    """The product of `assess`: the risks, why a person should look at the plan (if one should), and what could not be
    looked at."""

    risks: list[Risk] = Field(default_factory=list)
    approval_reasons: list[str] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)


class Revision(Frozen):
    """Which version of the plan is being made, and why. The first needs none."""

    version: int = Field(default=1, ge=1)
    revises: int | None = None
    reason: str = "first version"
    decided: Approval | None = None
    """The signed decision on the version before that this one comes of: an edit. It is stored with this version."""
    plan_id: str | None = None
    """The plan that a planning run of its own revises, as a replan does; the run's own plan otherwise."""
    touched: list[str] = Field(default_factory=list)
    """In a replan, the tasks that it adds or changes: only their risks need a person again."""
    mitigated: dict[str, AppliedMitigation] = Field(default_factory=dict)
    """The risks of the version before that this one was made to meet, by id, and how."""
    expects: PlanStatus | None = None
    """The status of the version before that this one was made for: with another one by now it is not stored."""
    taken_back: dict[str, AppliedMitigation] = Field(default_factory=dict)
    """The mitigations of the version before that this one undoes, by the id of the risk."""
    standing: Standing = NOT_BEGUN
    """Where the plan's run stands: what is over takes no more time in this version."""


class PlannerInput(TypedDict):
    """What a planning run is given: a goal, as `Goal`, as its fields, or as bare text."""

    goal: Goal | dict[str, Any] | str
    outline: NotRequired[Outline]
    """Given with `revision`: the next version of a plan, which is resolved, scheduled, assessed and stored like any."""
    revision: NotRequired[Revision]


class PlannerState(TypedDict, total=False):
    """The channels of the planning graph; who writes each is said in that node's docstring."""

    goal: Goal
    outline: Outline
    dependencies: Dependencies
    estimates: Estimates
    schedule: Schedule
    risks: RiskRegister
    findings: ValidationResult
    repairs: list[str]
    revision: Revision
    plan: ExecutionPlan
    approval: Approval


class PlannerUpdate(PlannerState, total=False):
    """What a node returns: the channels it writes."""


def utc_now() -> datetime:
    """The present moment: the clock of a `Context` that is given no other."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the nodes work with. Handed to a run as `context=`, never kept in state or checkpoints.

    `model` may be a function that opens the model, so that nobody pays for one that is not asked.
    """

    store: PlanStore
    answers: ModelAnswers
    cache: PlanCache
    templates: TemplateRegistry
    keyring: Keyring
    settings: PlannerSettings = field(default_factory=PlannerSettings)
    model: BaseChatModel | Callable[[], BaseChatModel | None] | None = None
    model_name: str = ""
    tools: tuple[ToolSpec, ...] = ()
    agents: tuple[AgentCapability, ...] = ()
    notes: str = ""
    mode: CheckpointMode = CheckpointMode.STEPS
    clock: Callable[[], datetime] = utc_now
    listed: PriceList = NO_PRICES
    can_run: Callable[[Task], bool] | None = None
    """Whether somebody can run a task; None where plans are only made."""
    learned: Callable[[], Awaitable[LearnedEstimates]] | None = None
    """What past runs say of how long work takes; None for the priors alone."""

    def chat_model(self) -> BaseChatModel | None:
        """The model to ask, opened now if it was given as a function; None if there is none."""
        if self.model is None or isinstance(self.model, BaseChatModel):
            return self.model
        return self.model()

    def cache_key(self, goal: Goal) -> str:
        """A hash of the goal and of everything here that shapes its plan."""
        return cache_key(
            goal,
            tools=self.tools,
            agents=self.agents,
            model_name=self.model_name,
            template_version=self.templates.version,
            settings=self.settings,
            notes=self.notes,
        )

    def surroundings(self, goal: Goal, standing: Standing = NOT_BEGUN) -> Surroundings:
        """What a plan for this goal is validated against, by where its run stands if it is being run."""
        return Surroundings(
            tools=self.tools_by_name,
            agents=self.agents,
            constraints=goal.constraints,
            settings=self.settings,
            now=self.clock(),
            can_run=self.can_run,
            standing=standing,
        )

    @property
    def prices(self) -> Prices:
        """What calls of the tools, tokens of the model and resources cost."""
        per_1000 = price_of_tokens(self.model_name, {**self.settings.token_prices, **self.listed.models})
        return Prices(self.tools_by_name, per_1000, self.listed)

    @property
    def tools_by_name(self) -> Mapping[str, ToolSpec]:
        return {tool.name: tool for tool in self.tools}


def run_id_of(runtime: Runtime[Context]) -> RunId:
    """The id of the planning run: the checkpointer's thread id.

    Raises:
        PlanningError: E5806 if the graph was invoked without `configurable.thread_id`.
    """
    info = runtime.execution_info
    if info is None or not info.thread_id:
        raise PlanningError(
            ErrorCode.SETTINGS_INVALID,
            "The planning graph was invoked without a thread id",
            recovery_suggestion="Invoke it with config={'configurable': {'thread_id': RUN_ID}}.",
        )
    return RunId(info.thread_id)


def plan_id_in(state: PlannerState, runtime: Runtime[Context]) -> PlanId:
    """The id of the plan that this run makes, or revises."""
    revision = state.get("revision")
    if revision is not None and revision.plan_id is not None:
        return PlanId(revision.plan_id)
    return plan_id_of(run_id_of(runtime))
