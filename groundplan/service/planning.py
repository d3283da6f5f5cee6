"""`PlanningService`: everything that plans, opened and closed together."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from langgraph.checkpoint.base import BaseCheckpointSaver

from groundplan.domain.agents import AgentCapability
from groundplan.domain.approval import Approval, Decision, Verdict
from groundplan.domain.checked_texts import checked, checked_name
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.findings import ValidationResult
from groundplan.domain.goal import Goal
from groundplan.domain.ids import new_id
from groundplan.domain.lifecycle import GoalStatus, PlanStatus, TaskStatus
from groundplan.domain.outline import Outline
from groundplan.domain.patch import PlanPatch
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.pricing_list import PriceList
from groundplan.domain.runs import CheckpointMode
from groundplan.domain.sanitizer import sanitize_text
from groundplan.domain.signing import Keyring
from groundplan.domain.tools import ToolSpec
from groundplan.domain.validation import validate
from groundplan.execution.access import EVERYTHING, AccessPolicy
from groundplan.execution.agent_registry import Agent, AgentRegistry
from groundplan.execution.lease import Leases
from groundplan.execution.outside import OutsideWork, WithOutside
from groundplan.execution.protocols import Executors
from groundplan.execution.resources.provider import ResourceProvider
from groundplan.execution.secrets.providers import SecretProvider
from groundplan.execution.verified_plans import VerifiedPlans
from groundplan.graph import runs
from groundplan.graph.compiled import executor_on, planner_on
from groundplan.graph.executions import revise
from groundplan.graph.failures import Node
from groundplan.graph.history import describe
from groundplan.nodes.approve import Answer
from groundplan.run_state import Replanner, RunContext
from groundplan.service.costs import CountsCosts
from groundplan.service.counters import Counters
from groundplan.service.execution import Execution
from groundplan.service.feedback import TakesFeedback
from groundplan.service.forecasts import LooksAhead
from groundplan.service.granting import open_provider, read_prices
from groundplan.service.hand_made import HandMadePlans
from groundplan.service.health import Health
from groundplan.service.histories import KeepsHistory
from groundplan.service.learning import Learning
from groundplan.service.mitigating import MeetsRisks
from groundplan.service.monitoring import WatchesPlans, monitor_of
from groundplan.service.past_runs import PastRuns
from groundplan.service.replanning import DEFAULT_REPLANNER
from groundplan.service.reports import WritesReports
from groundplan.service.resources import Resources, open_model_later, open_resources
from groundplan.service.risks import MeetsRisksOfPlans
from groundplan.service.running import RunsPlans
from groundplan.service.schedules import SchedulesPlans
from groundplan.service.settings import Settings
from groundplan.service.signing_keys import load_keyring
from groundplan.service.tool_specs import tool_specs
from groundplan.service.work import DomainContext, WithModel, agent_registry, can_run, executors_of, work_of
from groundplan.state import Context, Revision, utc_now
from groundplan.stores.conflicts import already_decided, content_conflict
from groundplan.stores.protocols import PlanSummary, PlanVersion
from groundplan.stores.verified import verified_approval, verified_plan
from groundplan.templates.registry import TemplateRegistry


@dataclass(frozen=True)
class StepEvent:
    """One step of `stream_plan`: the node that is done, what came of it, and how long it took.

    The last one has node `end` and the plan.
    """

    node: str
    summary: str
    update: Mapping[str, Any]
    elapsed_ms: float
    run_id: str
    plan: ExecutionPlan | None = None


class PlanningService(
    RunsPlans,
    WatchesPlans,
    TakesFeedback,
    KeepsHistory,
    WritesReports,
    MeetsRisksOfPlans,
    CountsCosts,
    SchedulesPlans,
    LooksAhead,
):
    """Plans goals, keeps the plans, and runs them.

        async with PlanningService() as service:
            plan = await service.create_plan("1. Fetch the data 2. Clean it 3. Write the report")

    Without a database configured, the embedded Postgres starts in the data folder. Every argument has a
    default; what is given wins over settings from the environment and files.

    Args:
        settings: instead of `Settings.load()`.
        model: a LangChain chat model, or its name such as `ollama:qwen2.5-coder:1.5b`.
        tools: LangChain tools or `ToolSpec`s that plans may use.
        agents: who is there to do the work: `AgentCapability`, or `Agent` with what runs its tasks.
        executors: finds who runs a task, instead of one made from tools, agents and model (see docs/executors.md).
        replanner: finds another way when a task failed, instead of the one by rules and model; None for none at all.
        secrets: knows the values behind `secret://` references; by default the environment, and `secrets_folder`.
        access: which tools and secrets the roles of agents may use; everything by default.
        domain_context: what every task is given to know, or a function of plan and task.
        templates: instead of the built-in ones and those of `settings.templates_folder`.
        notes: the domain's own rules, carried by every prompt.
        nodes: replacements for single nodes of the planning graph, by name.
        resources: stores, cache and checkpointer that are open already (see `groundplan.testing`).
        resource_provider: grants what tasks take up while they run, instead of the one that the settings name.
        clock: the present moment, for tests.
    """

    def __init__(
        self,
        *,
        settings: Settings | None = None,
        model: BaseChatModel | str | None = None,
        tools: Sequence[BaseTool | ToolSpec] = (),
        agents: AgentRegistry | Sequence[Agent | AgentCapability] = (),
        executors: Executors | None = None,
        replanner: Replanner | None = DEFAULT_REPLANNER,
        secrets: SecretProvider | None = None,
        access: AccessPolicy = EVERYTHING,
        domain_context: DomainContext | None = None,
        templates: TemplateRegistry | None = None,
        notes: str = "",
        nodes: Mapping[str, Node] | None = None,
        resources: Resources | None = None,
        resource_provider: ResourceProvider | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.settings = settings or Settings.load()
        self._model = model
        self._tools = tool_specs(tools)
        self._given_tools = tuple(tools)
        self._registry = agent_registry(agents)
        self._agents = tuple(self._registry.capabilities)
        self._executors = executors
        self._replanner = replanner
        self._secrets = secrets
        self._access = access
        self._domain_context = domain_context
        self._templates = templates
        self._notes = checked(notes, "notes")
        self._nodes = nodes
        self._given = resources
        self._provider = resource_provider
        self._clock = clock
        self._stack = AsyncExitStack()
        self._opened: Opened | None = None
        self._counters = Counters()
        self._health = Health()

    async def initialize(self) -> None:
        """Open everything. Doing it again does nothing.

        Raises:
            PlanningError: E5800 or E5804 if the database is not to be had, E5806 for unusable settings.
        """
        if self._opened is not None:
            return
        async with AsyncExitStack() as stack:
            # Files are read in a thread: an event loop that others share must not wait for a disk.
            keyring, templates, listed = await asyncio.to_thread(self._read_files)
            resources = self._given
            if resources is None:
                resources = await stack.enter_async_context(open_resources(self.settings))
            provider = await stack.enter_async_context(open_provider(self._provider, self.settings, listed))
            model, model_name = open_model_later(self._model, self.settings)
            executors = executors_of(self._given_tools, self._registry, self._executors, model, model_name)
            learning = Learning(resources.past_work)
            stack.push_async_callback(learning.aclose)
            context = Context(
                store=resources.store,
                answers=resources.answers,
                cache=resources.cache,
                templates=templates,
                keyring=keyring,
                settings=self.settings.planner(),
                model=model,
                model_name=model_name,
                tools=self._tools,
                agents=self._agents,
                notes=self._notes,
                clock=self._clock,
                listed=listed,
                can_run=can_run(self._given_tools, self._registry, self._executors, executors),
                learned=learning.current if self.settings.learn_from_past_runs else None,
            )
            planner = planner_on(resources.checkpointer, self._nodes or {})
            execution = self._make_execution(context, planner, resources, executors, provider)
            self._opened = Opened(context, planner, resources, execution, learning)
            self._health.opened(resources, model_name, self._tools, self._agents, provider)
            self._stack = stack.pop_all()

    def _make_execution(
        self,
        context: Context,
        planner: runs.Planner,
        resources: Resources,
        executors: WithModel,
        provider: ResourceProvider | None,
    ) -> Execution:
        async def revised(goal: Goal, outline: Outline, revision: Revision, run_id: str) -> ExecutionPlan:
            return await revise(planner, goal, outline, revision, run_id, context)

        work = work_of(
            self.settings,
            agents=self._registry,
            given=self._executors,
            executors=executors,
            secrets=self._secrets,
            access=self._access,
            domain_context=self._domain_context,
            prices=context.prices,
            resources=provider,
            clock=self._clock,
        )
        outside = WithOutside(work.executors, OutsideWork(resources.feedback))
        leases = Leases(resources.runs, self.settings.lease_seconds)
        run_context = RunContext(
            planning=context,
            runs=resources.runs,
            plans=VerifiedPlans(resources.store, context.keyring),
            leases=leases,
            work=replace(work, executors=outside),
            revise=revised,
            replanner=MeetsRisks(self._replanner) if self._replanner is not None else None,
            policy=self.settings.failure_policy,
            max_replans=self.settings.max_replans,
            monitor=monitor_of(
                self.settings,
                resources,
                leases,
                clock=self._clock,
                agents=self._registry,
                tools=self._tools,
                can_help=bool(context.model_name) or self._replanner not in (None, DEFAULT_REPLANNER),
            ),
        )
        return Execution(executor_on(resources.checkpointer), run_context)

    def _read_files(self) -> tuple[Keyring, TemplateRegistry, PriceList]:
        keyring = load_keyring(_secret(self.settings.signing_keys), self.settings.home)
        return keyring, self._templates or _templates(self.settings), read_prices(self.settings.price_file)

    async def cleanup(self) -> None:
        """Close everything that was opened here. Doing it again does nothing."""
        self._opened = None
        await self._stack.aclose()

    async def __aenter__(self) -> Self:
        await self.initialize()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.cleanup()

    @property
    def context(self) -> Context:
        """What to hand to a graph that you invoke yourself: `planner.ainvoke(…, context=service.context)`."""
        return self._open.context

    @property
    def checkpointer(self) -> BaseCheckpointSaver[Any]:
        """The checkpointer to compile your own graphs with."""
        return self._open.resources.checkpointer

    @property
    def templates(self) -> TemplateRegistry:
        """The templates that goals are matched against."""
        return self._open.context.templates

    async def create_plan(
        self, goal: Goal | str, *, mode: CheckpointMode | str | None = None, run_id: str | None = None
    ) -> ExecutionPlan:
        """Plan the goal: the plan comes back signed and stored, `validated` or `awaiting_approval`.

        Args:
            mode: `steps` (every step checkpointed) or `ends`; the setting `checkpoints` by default.
            run_id: the planning run's id, under which it can be resumed; a new one by default. A run of this goal that
                is there already is gone on with; one that is over gives its plan as it stands now.

        Raises:
            PlanningError: E5004 for a refused goal, E51xx if it cannot be broken down, E5301 and E5600 for
                a plan that does not hold, E5800 if the database is away, E5803 if the run is there for another goal.
                `details["run_id"]` is set.
        """
        if run_id is not None and await self._is_known(run_id, goal):
            return await self.resume_plan(run_id)
        run = run_id or new_id()
        self._counters.received()
        with self._counting(run):
            plan = await runs.start(
                self._open.planner, _as_goal(goal), run, self._context_for(mode), fresh=run_id is None
            )
        self._made(plan)
        return plan

    async def resume_plan(self, run_id: str) -> ExecutionPlan:
        """Go on with a planning run that was cut off. A model is not asked again for what it answered.

        A run that is finished or waits for a person gives its plan as it is.

        Raises:
            PlanningError: E5003 if there is no such run, and whatever `create_plan` raises.
        """
        store = self._open.context.store
        run = await store.get_run(run_id)
        goal = await store.get_goal(run.goal_id)
        with self._counting(run_id):
            context = await self._past_runs.surroundings(run, goal, self._context_for(run.mode))
            plan = await runs.resume(self._open.planner, goal, run_id, context)
        self._health.planned(plan)
        return await self._latest(plan)

    async def stream_plan(
        self, goal: Goal | str, *, mode: CheckpointMode | str | None = None, run_id: str | None = None
    ) -> AsyncGenerator[StepEvent]:
        """Plan the goal, giving each step as it is done; the last one carries the plan. Raises as `create_plan`."""
        if run_id is not None and await self._is_known(run_id, goal):
            known = await self.resume_plan(run_id)
            yield StepEvent("end", describe(known), {}, 0.0, run_id, known)
            return
        run, plan = run_id or new_id(), None
        self._counters.received()
        last = time.perf_counter()
        with self._counting(run):
            steps = runs.stream(self._open.planner, _as_goal(goal), run, self._context_for(mode), fresh=run_id is None)
            async with contextlib.aclosing(steps):
                async for node, update in steps:
                    plan = update.get("plan", plan)
                    now = time.perf_counter()
                    yield StepEvent(node, _summary(update), update, 1000 * (now - last), run)
                    last = now
        if plan is not None:
            self._made(plan)
            yield StepEvent("end", describe(plan), {}, 0.0, run, plan)

    async def get_plan(self, plan_id: str, version: int | None = None) -> ExecutionPlan:
        """The plan, its signature checked and its approval, where it needs one; the latest version by default.

        Raises:
            PlanningError: E5002 if there is none, E5801 if somebody changed it or its approval in the database,
                E5802 if its key is not configured.
        """
        plan, _ = await verified_plan(self._open.context.store, self._open.context.keyring, plan_id, version)
        return await self._execution.live(plan) if version is None else plan

    async def store_plan(self, plan: ExecutionPlan, agent_did: str | None = None) -> ExecutionPlan:
        """Validate, sign and store a plan that somebody made by hand; one that is stored already stays as it is.

        Raises:
            PlanningError: E5600, E5301 or E5302 if it does not hold, E5803 if another plan has its id.
        """
        return await self._hand_made.store(plan, agent_did)

    async def get_plan_status(self, plan_id: str) -> dict[str, Any]:
        """Where the plan stands: status, version, task_count, completed_tasks, failed_tasks, execution_time_ms."""
        plan = await self.get_plan(plan_id)
        done = [task.status for task in plan.tasks]
        return {
            "plan_id": plan.plan_id,
            "goal_id": plan.goal_id,
            "status": plan.status.value,
            "version": plan.version,
            "task_count": len(plan.tasks),
            "completed_tasks": done.count(TaskStatus.COMPLETED),
            "failed_tasks": done.count(TaskStatus.FAILED),
            "execution_time_ms": _execution_ms(plan, self._clock()),
        }

    async def list_plans(
        self, goal_id: str | None = None, status: PlanStatus | str | None = None, limit: int = 100
    ) -> list[dict[str, Any]]:
        """Plans as dictionaries (see `PlanSummary`), the latest first."""
        wanted = PlanStatus(status) if status is not None else None
        found = await self._open.context.store.list_plans(goal_id=goal_id, status=wanted, limit=limit)
        return [_row(summary) for summary in found]

    async def list_versions(self, plan_id: str) -> list[PlanVersion]:
        """Every version of the plan: its reason, and how it differs from the one before."""
        return await self._open.context.store.list_versions(plan_id)

    async def get_approval(self, plan_id: str) -> Approval | None:
        """The request for approval of the plan's latest version, decided or not. Raises E5801 for a forged one."""
        return await verified_approval(self._open.context.store, self._open.context.keyring, plan_id)

    async def list_waiting(self, limit: int = 100) -> list[Approval]:
        """Plans that wait for a person, the oldest first."""
        return await self._open.context.store.list_waiting(limit)

    async def approve_plan(
        self, plan_id: str, *, by: str, why: str = "", patch: PlanPatch | None = None
    ) -> ExecutionPlan:
        """Let a waiting plan pass, as it is or changed by `patch` (which makes the next version).

        Raises:
            PlanningError: E5202 if it does not wait, E5600, E5301 or E5302 if the patch does not hold (the
                plan still waits then), E5004 if `why` breaks the sanitizer's rules, E5801.
        """
        verdict = Verdict.EDIT if patch is not None else Verdict.APPROVE
        return await self._decide(plan_id, verdict, by, why, patch)

    async def reject_plan(self, plan_id: str, *, by: str, why: str = "") -> ExecutionPlan:
        """Cancel a waiting plan, and its goal with it. Raises as `approve_plan`."""
        return await self._decide(plan_id, Verdict.REJECT, by, why, None)

    async def get_goal(self, goal_id: str) -> Goal:
        """The goal with its present status. Raises E5003."""
        return await self._open.context.store.get_goal(goal_id)

    async def list_goals(self, status: GoalStatus | str | None = None, limit: int = 100) -> list[Goal]:
        """Goals, the latest first; refused and failed ones are among them."""
        wanted = GoalStatus(status) if status is not None else None
        return await self._open.context.store.list_goals(status=wanted, limit=limit)

    async def validate_plan(self, plan: ExecutionPlan) -> ValidationResult:
        """Check any plan against this service's tools, agents and settings, and its goal's constraints if that is
        stored."""
        context = self._open.context
        goal = await self._stored_goal(plan.goal_id) or Goal(goal_text=plan.goal_text or "-")
        return validate(plan, context.surroundings(goal))

    def get_stats(self) -> dict[str, Any]:
        """Counts since the service started: `service`, `decomposer`, `cache` and `validator`. Not async."""
        return self._counters.as_dict(self._open.context.cache.stats())

    def get_health_status(self) -> dict[str, Any]:
        """`{"healthy", "components", "cross_layer"}` as last seen. Not async; `check_health` looks anew."""
        return self._health.as_dict()

    async def check_health(self) -> dict[str, Any]:
        """Ask every component now, each within 5 s, then as `get_health_status`."""
        await self._health.check(self._open.resources, self._open.context)
        return self._health.as_dict()

    @property
    def _execution(self) -> Execution:
        return self._open.execution

    @property
    def _resources(self) -> Resources:
        return self._open.resources

    @property
    def _learning(self) -> Learning:
        return self._open.learning

    @property
    def _past_runs(self) -> PastRuns:
        opened = self._open
        return PastRuns(opened.context, opened.planner, opened.execution, opened.resources)

    @property
    def _hand_made(self) -> HandMadePlans:
        return HandMadePlans(self._open.context, self._open.planner)

    @property
    def _open(self) -> Opened:
        if self._opened is None:
            raise PlanningError(
                ErrorCode.SETTINGS_INVALID,
                "The planning service is not open",
                recovery_suggestion="Use `async with PlanningService() as service:` or call `initialize()` first.",
            )
        return self._opened

    def _context_for(self, mode: CheckpointMode | str | None) -> Context:
        return runs.in_mode(self._open.context, CheckpointMode(mode or self.settings.checkpoints))

    async def _decide(
        self, plan_id: str, verdict: Verdict, by: str, why: str, patch: PlanPatch | None
    ) -> ExecutionPlan:
        decision = _decision(verdict, by, why, patch)
        store, keyring = self._open.context.store, self._open.context.keyring
        plan, request = await verified_plan(store, keyring, plan_id)
        if request is None:
            raise _not_waiting(plan_id)
        run = await store.get_run(request.run_id)
        context = self._context_for(run.mode)
        if request.decision is None and await runs.is_cut_off(self._open.planner, run.run_id):
            # Somebody decided, and what came of it was not stored. That goes first.
            await runs.resume(self._open.planner, await store.get_goal(run.goal_id), run.run_id, context)
            request = await store.get_approval(plan_id, plan.version)
        if request is None or request.decision not in (None, decision):
            raise already_decided(plan_id, plan.version, request)
        if request.decision is None:
            answer = Answer(**dict(decision), plan_id=plan_id, version=plan.version)
            await runs.answer(self._open.planner, answer, run.run_id, context)
        return await self.get_plan(plan_id)

    async def _latest(self, plan: ExecutionPlan) -> ExecutionPlan:
        return await self.get_plan(plan.plan_id)

    async def _is_known(self, run_id: str, goal: Goal | str) -> bool:
        """Whether there is such a run, for this goal. Raises E5803 if it is for another one."""
        store = self._open.context.store
        try:
            run = await store.get_run(run_id)
        except PlanningError as error:
            if error.code is ErrorCode.GOAL_NOT_FOUND:
                return False
            raise
        stored = await store.get_goal(run.goal_id)
        other = isinstance(goal, Goal) and goal.goal_id != stored.goal_id
        text = goal.goal_text if isinstance(goal, Goal) else goal
        if other or sanitize_text(text, self._open.context.settings.sanitizer_policy) != stored.goal_text:
            raise content_conflict("run", run_id)
        return True

    async def _stored_goal(self, goal_id: str) -> Goal | None:
        try:
            return await self._open.context.store.get_goal(goal_id) if goal_id else None
        except PlanningError as error:
            if error.code is ErrorCode.GOAL_NOT_FOUND:
                return None
            raise

    def _made(self, plan: ExecutionPlan) -> None:
        self._counters.planned(plan)
        self._health.planned(plan)

    @contextlib.contextmanager
    def _counting(self, run_id: str) -> Any:
        try:
            yield
        except PlanningError as error:
            error.details.setdefault("run_id", run_id)
            self._counters.failed(error)
            self._health.failed(error)
            raise


@dataclass(frozen=True)
class Opened:
    """What an open service works with."""

    context: Context
    planner: runs.Planner
    resources: Resources
    execution: Execution
    learning: Learning


def _as_goal(goal: Goal | str) -> Goal:
    return goal if isinstance(goal, Goal) else Goal(goal_text=goal)


def _secret(value: Any) -> str | None:
    return value.get_secret_value() if value is not None else None


def _templates(settings: Settings) -> TemplateRegistry:
    builtin = TemplateRegistry.builtin()
    return builtin.with_folder(settings.templates_folder) if settings.templates_folder else builtin


def _summary(update: Mapping[str, Any]) -> str:
    return "; ".join(describe(value) for value in update.values()) or "nothing to do"


def _row(summary: PlanSummary) -> dict[str, Any]:
    return summary.model_dump(mode="json")


def _execution_ms(plan: ExecutionPlan, now: datetime) -> float:
    if plan.execution_started_at is None:
        return 0.0
    return ((plan.completed_at or now) - plan.execution_started_at).total_seconds() * 1000


def _decision(verdict: Verdict, by: str, why: str, patch: PlanPatch | None) -> Decision:
    # A reason may reach a prompt when the plan is made anew, so it obeys the rules for prose at least.
    return Decision(verdict=verdict, by=checked_name(by, "by"), why=checked(why, "reason"), patch=patch)


def _not_waiting(plan_id: str) -> PlanningError:
    return PlanningError(
        ErrorCode.APPROVAL_CONFLICT,
        f"Plan {plan_id!r} does not wait for approval",
        details={"plan_id": plan_id},
        recovery_suggestion="See which plans wait with `groundplan plans --status awaiting_approval`.",
    )
