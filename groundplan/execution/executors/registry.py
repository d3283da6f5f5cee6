"""Who runs which task."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeGuard

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

from groundplan.domain.agents import AgentCapability
from groundplan.domain.irreversible import DONE_BY_PEOPLE
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.task import Task, TaskType
from groundplan.domain.tools import ToolSpec
from groundplan.execution.agent_registry import Agent, AgentRegistry
from groundplan.execution.executors.agents import AgentExecutor
from groundplan.execution.executors.callables import CallableExecutor
from groundplan.execution.executors.limits import ExecutorLimits
from groundplan.execution.executors.llm import LLMExecutor
from groundplan.execution.executors.tools import ToolExecutor
from groundplan.execution.executors.underway import Underway
from groundplan.execution.executors.wire_names import WireNames, qualified
from groundplan.execution.protocols import Executor

_PLAIN = {TaskType.ATOMIC, TaskType.COMPOUND}
_FINISHED = {TaskStatus.COMPLETED, TaskStatus.SKIPPED, TaskStatus.CANCELLED, TaskStatus.COMPENSATED}


class ExecutorRegistry:
    """Finds the executor of a task. The first that applies:

    1. It has a tool: what is registered under that name, else an agent that lists it, else nobody.
    2. It is an `llm_call`: the model.
    3. The agent it is assigned to; what is registered for its category; an agent, or else what is registered, that
       offers all the capabilities it requires.
    4. It is no tool or model call, nothing that people do (`DONE_BY_PEOPLE`), and requires nothing: `default`, if there
       is one.

    Nothing is ever run by something that nobody registered for it.
    """

    def __init__(
        self,
        tools: Iterable[BaseTool | ToolSpec] = (),
        callables: Mapping[str, Any] | None = None,
        model: BaseChatModel | None = None,
        agents: AgentRegistry | Iterable[Agent | AgentCapability] = (),
        *,
        default: Any = None,
        limits: ExecutorLimits | None = None,
    ) -> None:
        """Register what there is.

        Args:
            tools: LangChain tools. A `ToolSpec` is passed over: it says that a tool is planned with, not what runs it.
            callables: functions (or executors, Runnables) by the name that plans use, `domain.tool`.
            default: runs tasks that need nothing in particular.

        Raises:
            ValueError: two have the same name.
        """
        self.limits = limits or ExecutorLimits()
        self.agents = agents if isinstance(agents, AgentRegistry) else AgentRegistry(agents)
        self._underway = Underway(self.limits.grace_seconds)
        self._tools: dict[str, Executor] = {}
        self._categories: dict[str, Executor] = {}
        self._skilled: list[tuple[frozenset[str], Executor]] = []
        self._of_agents: dict[str, tuple[Any, Executor]] = {}
        self._model: Executor | None = None
        self._default = self._executor(default) if default is not None else None
        for tool in tools:
            if isinstance(tool, BaseTool):
                self.register(tool)
        for name, called in (callables or {}).items():
            self.register(called, tool=name)
        if model is not None:
            self.use_model(model)

    def register(
        self, thing: Any, *, tool: str | None = None, category: str | None = None, capabilities: Collection[str] = ()
    ) -> None:
        """Let a LangChain tool, callable, Runnable, graph or `Executor` run tasks: those with this tool, those of this
        category, or those that require some of these capabilities and no others.

        A LangChain tool for which nothing is said is registered under its own name.

        Raises:
            ValueError: the name or category is taken, or nothing says which tasks it is for.
            TypeError: it is nothing that can run tasks.
        """
        if not (tool or category or capabilities):
            if not isinstance(thing, BaseTool):
                raise ValueError("say which tasks it runs: tool=…, category=… or capabilities=…")
            tool = thing.name
        executor = self._executor(thing)
        if tool:
            _put(self._tools, qualified(tool), executor, "tool")
        if category:
            _put(self._categories, category, executor, "category")
        if capabilities:
            self._skilled.append((frozenset(capabilities), executor))

    def use_model(self, model: BaseChatModel, name: str = "") -> None:
        """Let this chat model do tasks of type `llm_call`."""
        self._model = LLMExecutor(model, name=name, limits=self.limits)

    @property
    def wire_names(self) -> WireNames:
        """The registered tools' names for model APIs."""
        return WireNames(self._tools)

    def executor_for(self, task: Task) -> Executor | None:
        """Who runs this task; None if nobody can."""
        if task.tool is not None:
            return self._tools.get(task.tool) or self._of_agent(task, lists_tool=True)
        if task.task_type is TaskType.LLM_CALL and self._model is not None:
            return self._model
        found = self._of_agent(task, lists_tool=False, assigned=True) or self._categories.get(task.category)
        if found is not None:
            return found
        if task.required_capabilities:
            return self._of_agent(task, lists_tool=False) or self._with_skills(task)
        # What does everything decides nothing: an approval is for whom it was registered, or a person.
        is_plain = task.task_type in _PLAIN and task.category not in DONE_BY_PEOPLE
        return self._default if is_plain else None

    def missing(self, plan: ExecutionPlan | Iterable[Task]) -> list[Task]:
        """The tasks of the plan that are still to be done and that nobody can run."""
        tasks = plan.tasks if isinstance(plan, ExecutionPlan) else plan
        return [task for task in tasks if task.status not in _FINISHED and self.executor_for(task) is None]

    def _of_agent(self, task: Task, *, lists_tool: bool, assigned: bool = False) -> Executor | None:
        """The executor of an agent that can do the task: of the one it is assigned to, else of the first registered."""
        able = [
            agent
            for agent in self.agents
            if agent.runs is not None
            and agent.capability.can_do(task)
            and (not lists_tool or task.tool in agent.capability.tools)
            and (not assigned or agent.agent_id == task.assigned_agent)
        ]
        if not able:
            return None
        chosen = next((agent for agent in able if agent.agent_id == task.assigned_agent), able[0])
        known = self._of_agents.get(chosen.agent_id)
        if known is None or known[0] is not chosen.runs:
            known = self._of_agents[chosen.agent_id] = (chosen.runs, self._executor(chosen.runs))
        return known[1]

    def _with_skills(self, task: Task) -> Executor | None:
        required = set(task.required_capabilities)
        return next((executor for offered, executor in self._skilled if required <= offered), None)

    def _executor(self, thing: Any) -> Executor:
        if isinstance(thing, BaseTool):
            return ToolExecutor(thing, limits=self.limits, underway=self._underway)
        if isinstance(thing, BaseChatModel):
            return LLMExecutor(thing, limits=self.limits)
        if isinstance(thing, Runnable):
            return AgentExecutor(thing, limits=self.limits, underway=self._underway)
        if _is_executor(thing):
            return thing
        if callable(thing):
            return CallableExecutor(thing, limits=self.limits, underway=self._underway)
        raise TypeError(f"a {type(thing).__name__} cannot run tasks: give a tool, callable, Runnable or Executor")


def _is_executor(thing: Any) -> TypeGuard[Executor]:
    return not isinstance(thing, type) and callable(getattr(thing, "declaration", None)) and hasattr(thing, "run")


def _put(known: dict[str, Executor], name: str, executor: Executor, kind: str) -> None:
    if name in known:
        raise ValueError(f"{kind} {name!r} is registered already")
    known[name] = executor
