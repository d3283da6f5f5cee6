"""The agents that are there at this moment, how busy they are, and who gets the next task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from groundplan.domain.agents import AgentAssignment, AgentCapability, RoutingStrategy, assign
from groundplan.domain.task import Task


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent and what does its work: a Runnable, a compiled graph or a callable.

    Without `runs` it only limits and labels the work; the task's tool, or whatever else can run it, does it.
    """

    capability: AgentCapability
    runs: Any = None

    @property
    def agent_id(self) -> str:
        return self.capability.agent_id


class AgentRegistry:
    """Registered agents with their load. For one event loop.

    Taking and giving back a place wait for nothing, so no cancellation can fall between them and their count:

        with registry.hold(task) as assignment:     # None: this task needs no agent
            await run(task, assignment)
    """

    def __init__(
        self, agents: Iterable[Agent | AgentCapability] = (), *, strategy: RoutingStrategy = RoutingStrategy.LOAD
    ) -> None:
        self.strategy = strategy
        self._agents: dict[str, Agent] = {}
        self._load: Counter[str] = Counter()
        self._turns: dict[tuple[str | None, frozenset[str]], int] = {}
        self._watchers: dict[object, Callable[[], None]] = {}
        for agent in agents:
            self.register(agent)

    def __iter__(self) -> Iterator[Agent]:
        return iter(list(self._agents.values()))

    def __len__(self) -> int:
        return len(self._agents)

    @property
    def capabilities(self) -> list[AgentCapability]:
        """The agents as planning sees them, in the order of registration."""
        return [agent.capability for agent in self._agents.values()]

    @property
    def load(self) -> Mapping[str, int]:
        """How many tasks each agent has at this moment; one that has none may be missing."""
        return dict(+self._load)

    def get(self, agent_id: str) -> Agent | None:
        """The agent of this id, if it is registered."""
        return self._agents.get(agent_id)

    def register(self, agent: Agent | AgentCapability, runs: Any = None) -> None:
        """Add an agent, or replace the one of the same id; tasks it has stay counted."""
        known = agent if isinstance(agent, Agent) else Agent(agent)
        self._agents[known.agent_id] = known if runs is None else replace(known, runs=runs)
        self._changed()

    def unregister(self, agent_id: str) -> None:
        """Give the agent no more tasks. What it has, it may finish. An unknown id is no error."""
        self._agents.pop(agent_id, None)

    def set_available(self, agent_id: str, available: bool) -> None:
        """Say whether the agent takes tasks at this moment. Raises KeyError for one that is not registered."""
        agent = self._agents[agent_id]
        capability = agent.capability.model_copy(update={"available": available})
        self._agents[agent_id] = replace(agent, capability=capability)
        self._changed()

    def needs_agent(self, task: Task) -> bool:
        """Whether the task is given to an agent at all: it requires capabilities, or names one that is registered."""
        return bool(self._agents) and (bool(task.required_capabilities) or task.assigned_agent in self._agents)

    def assign(self, task: Task, *, prefer: str | None = None, exclude: Collection[str] = ()) -> AgentAssignment | None:
        """Take a place for the task, by the registry's strategy; `release` gives it back. None: it needs no agent.

        Args:
            prefer: the agent that equals lose against (affinity); the task's assigned agent if not given.
            exclude: agents that must not get it, such as one that failed at it.

        Raises:
            PlanningError: E5900, retryable if all who could do it are busy or away.
        """
        if not self.needs_agent(task):
            return None
        candidates = [agent for agent in self.capabilities if agent.agent_id not in exclude]
        kind = (task.tool, frozenset(task.required_capabilities))
        chosen = assign(
            task,
            candidates,
            strategy=self.strategy,
            load=self._load,
            prefer=prefer or task.assigned_agent,
            turn=self._turns.get(kind, 0),
        )
        # Turns are kept per kind of task: with one count for all, kinds that alternate would always meet one agent.
        able = [agent.agent_id for agent in candidates if agent.can_do(task)]
        self._turns[kind] = able.index(chosen.agent_id) + 1
        self._load[chosen.agent_id] += 1
        return chosen

    def release(self, agent_id: str) -> None:
        """The agent is done with one task. Giving back more than was taken is no error."""
        if self._load[agent_id] > 0:
            self._load[agent_id] -= 1
            self._changed()

    @contextmanager
    def hold(
        self, task: Task, *, prefer: str | None = None, exclude: Collection[str] = ()
    ) -> Iterator[AgentAssignment | None]:
        """`assign`, and `release` at the end of the block however it ends."""
        assignment = self.assign(task, prefer=prefer, exclude=exclude)
        try:
            yield assignment
        finally:
            if assignment is not None:
                self.release(assignment.agent_id)

    def watch(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake` whenever a place became free or an agent came; returns what ends that."""
        key = object()
        self._watchers[key] = wake

        def stop() -> None:
            self._watchers.pop(key, None)

        return stop

    def _changed(self) -> None:
        for wake in list(self._watchers.values()):
            wake()
