"""Who does the work of plans: the service's tools, model and agents as executors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool

from groundplan.domain.agents import AgentCapability
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.pricing import Prices
from groundplan.domain.task import Task, TaskType
from groundplan.domain.tools import ToolSpec
from groundplan.execution.access import AccessPolicy
from groundplan.execution.agent_registry import Agent, AgentRegistry
from groundplan.execution.conditions import holds
from groundplan.execution.executors.llm import LLMExecutor
from groundplan.execution.executors.registry import ExecutorRegistry
from groundplan.execution.protocols import Declaration, Executor, Executors, Produced, TaskCall
from groundplan.execution.resources.grants import GrantLimits
from groundplan.execution.resources.provider import ResourceProvider
from groundplan.execution.secrets.providers import ChainedSecrets, EnvironmentSecrets, FileSecrets, SecretProvider
from groundplan.execution.secrets.revealing import RevealedSecrets
from groundplan.execution.work import Work, WorkLimits
from groundplan.service.settings import Settings

OpenModel = BaseChatModel | Callable[[], BaseChatModel | None] | None
DomainContext = Mapping[str, Any] | Callable[[ExecutionPlan, Task], Mapping[str, Any]]


class ModelLater:
    """Does `llm_call` tasks by a model that is opened when it is first asked."""

    def __init__(self, open_model: Callable[[], BaseChatModel | None], name: str) -> None:
        self._open = open_model
        self._name = name
        self._executor: LLMExecutor | None = None

    def declaration(self, task: Task) -> Declaration:  # noqa: ARG002  # true of every question
        """Asking has no effect beside its cost."""
        return Declaration(pure=True)

    async def run(self, call: TaskCall) -> Produced:
        """See `LLMExecutor.run`; E5101 if there is no model."""
        if self._executor is None:
            model = self._open()
            if model is None:
                raise PlanningError(
                    ErrorCode.NO_DECOMPOSER,
                    "There is no model to ask",
                    recovery_suggestion="Set GROUNDPLAN_MODEL, such as ollama:qwen2.5-coder:1.5b.",
                )
            self._executor = LLMExecutor(model, name=self._name)
        return await self._executor.run(call)


class WithModel:
    """The registered executors, and the service's model for `llm_call` tasks that none of them takes."""

    def __init__(self, registered: Executors, model: Executor | None) -> None:
        self._registered = registered
        self._model = model

    def executor_for(self, task: Task) -> Executor | None:
        """See `Executors.executor_for`."""
        found = self._registered.executor_for(task)
        if found is None and task.tool is None and task.task_type is TaskType.LLM_CALL:
            return self._model
        return found


def agent_registry(agents: AgentRegistry | Iterable[Agent | AgentCapability]) -> AgentRegistry:
    """The registry that was given, or a new one of these agents."""
    return agents if isinstance(agents, AgentRegistry) else AgentRegistry(agents)


def executors_of(
    tools: Sequence[BaseTool | ToolSpec],
    agents: AgentRegistry,
    given: Executors | None,
    model: OpenModel,
    model_name: str,
) -> WithModel:
    """Who runs tasks: what was given, else the tools and agents; and the model."""
    registered = given or ExecutorRegistry(tools, agents=agents)
    if isinstance(model, BaseChatModel):
        return WithModel(registered, LLMExecutor(model, name=model_name))
    return WithModel(registered, ModelLater(model, model_name) if model is not None else None)


def can_run(
    tools: Sequence[BaseTool | ToolSpec], agents: AgentRegistry, given: Executors | None, executors: WithModel
) -> Callable[[Task], bool] | None:
    """Whether somebody can run a task; None for a service that nobody gave anything to run tasks with."""
    runs_tasks = given is not None or any(isinstance(tool, BaseTool) for tool in tools)
    if not runs_tasks and not any(agent.runs is not None for agent in agents):
        return None
    return lambda task: executors.executor_for(task) is not None


def work_of(
    settings: Settings,
    *,
    agents: AgentRegistry,
    given: Executors | None,
    executors: WithModel,
    secrets: SecretProvider | None,
    access: AccessPolicy,
    domain_context: DomainContext | None,
    prices: Prices,
    resources: ResourceProvider | None,
    clock: Callable[[], Any],
) -> Work:
    """The surroundings of every run of this service."""
    return Work(
        executors=executors,
        holds=holds,
        secrets=RevealedSecrets(secrets or _provider(settings), access),
        access=access,
        prices=prices,
        assigner=_assigner(agents, given),
        resources=resources,
        grants=GrantLimits(patience=settings.resource_patience_seconds),
        domain=_domain(domain_context),
        limits=WorkLimits(
            timeout=settings.default_task_timeout_hours * 3600,
            drain=settings.drain_seconds,
            patience=settings.database_patience_seconds,
        ),
        clock=clock,
    )


def _provider(settings: Settings) -> SecretProvider:
    """Secrets of the environment, then those of the folder, if there is one."""
    environment = EnvironmentSecrets()
    return (
        ChainedSecrets([environment, FileSecrets(settings.secrets_folder)]) if settings.secrets_folder else environment
    )


def _assigner(agents: AgentRegistry, executors: Executors | None) -> AgentRegistry:
    """The service's agents, or those that came with the executors."""
    theirs = getattr(executors, "agents", None)
    return theirs if not len(agents) and isinstance(theirs, AgentRegistry) else agents


def _domain(given: DomainContext | None) -> Callable[[ExecutionPlan, Task], Mapping[str, Any]]:
    if callable(given):
        return given
    same = dict(given or {})
    return lambda plan, task: same  # noqa: ARG005
