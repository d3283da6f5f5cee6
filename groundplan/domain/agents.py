"""Who can do a task, and the pure rule that assigns one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum

from pydantic import Field

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.frozen import Frozen
from groundplan.domain.ids import Id
from groundplan.domain.task import Task


class RoutingStrategy(StrEnum):
    """How one of several free agents is chosen, all of which can do the task.

    `load`: the least busy share of its capacity. `capability`: the fewest capabilities beyond those required, so
    that generalists stay free for what only they can do. `round_robin`: one after the other.
    """

    ROUND_ROBIN = "round_robin"
    CAPABILITY = "capability"
    LOAD = "load"


class AgentCapability(Frozen):
    """An agent as planning sees it: what it can do, and how many tasks at once."""

    agent_id: Id
    capabilities: list[str] = Field(default_factory=list)
    tools: list[str] = Field(default_factory=list)
    capacity: int = Field(default=1, ge=1)
    available: bool = True
    description: str = ""

    def can_do(self, task: Task) -> bool:
        """Whether it offers every capability the task requires, and its tool if it lists tools at all.

        Not if the task excludes it.
        """
        if self.agent_id in task.excluded_agents:
            return False
        has_tool = task.tool is None or not self.tools or task.tool in self.tools
        return has_tool and set(task.required_capabilities) <= set(self.capabilities)


class AgentAssignment(Frozen):
    """Which agent does a task, and why this one."""

    task_id: str
    agent_id: str
    reason: str


def assign(
    task: Task,
    agents: Iterable[AgentCapability],
    *,
    strategy: RoutingStrategy = RoutingStrategy.LOAD,
    load: Mapping[str, int] | None = None,
    prefer: str | None = None,
    turn: int = 0,
) -> AgentAssignment:
    """Choose an agent: who can do it, of those who is free, of those by `strategy`, of equals by affinity (`prefer`).

    `load` counts the tasks each agent has at this moment. `turn` is the place, among those who can do it, from which
    `round_robin` looks for a free one. Ties go to the first agent given.

    Raises:
        PlanningError: E5900 if nobody capable is free (retryable), or nobody is capable (not).
    """
    taken = load or {}
    capable = [agent for agent in agents if agent.can_do(task)]
    free = [agent for agent in _from(capable, turn, strategy) if _is_free(agent, taken)]
    if not free:
        raise _nobody(task, len(capable))
    best = free[0] if strategy is RoutingStrategy.ROUND_ROBIN else min(free, key=_rank(strategy, task, taken, prefer))
    reason = _reason(task, best, taken.get(best.agent_id, 0), strategy if len(free) > 1 else None, len(free))
    return AgentAssignment(task_id=task.task_id, agent_id=best.agent_id, reason=reason)


def _from(capable: Sequence[AgentCapability], turn: int, strategy: RoutingStrategy) -> list[AgentCapability]:
    start = turn % len(capable) if capable and strategy is RoutingStrategy.ROUND_ROBIN else 0
    return [*capable[start:], *capable[:start]]


def _is_free(agent: AgentCapability, taken: Mapping[str, int]) -> bool:
    return agent.available and taken.get(agent.agent_id, 0) < agent.capacity


def _rank(
    strategy: RoutingStrategy, task: Task, taken: Mapping[str, int], prefer: str | None
) -> Callable[[AgentCapability], tuple[int, float, bool]]:
    """The order of preference: surplus capabilities (only under `capability`), load / capacity, then affinity."""
    required = set(task.required_capabilities)

    def rank(agent: AgentCapability) -> tuple[int, float, bool]:
        surplus = len(set(agent.capabilities) - required) if strategy is RoutingStrategy.CAPABILITY else 0
        return surplus, taken.get(agent.agent_id, 0) / agent.capacity, agent.agent_id != prefer

    return rank


_WHY = {
    RoutingStrategy.LOAD: "least busy of {free} free",
    RoutingStrategy.CAPABILITY: "closest fit of {free} free",
    RoutingStrategy.ROUND_ROBIN: "its turn among {free} free",
}


def _reason(task: Task, best: AgentCapability, busy: int, strategy: RoutingStrategy | None, free: int) -> str:
    offers = f"offers {', '.join(task.required_capabilities) or 'what is needed'}; {busy} of {best.capacity} busy"
    return f"{offers}; {_WHY[strategy].format(free=free)}" if strategy else offers


def _nobody(task: Task, capable: int) -> PlanningError:
    return PlanningError(
        ErrorCode.NO_CAPABLE_AGENT,
        f"No agent for task {task.task_id!r}: "
        + (f"{capable} can do it, none is free" if capable else "none offers what it requires"),
        details={"task_id": task.task_id, "required": task.required_capabilities, "tool": task.tool},
        recovery_suggestion="Register an agent with these capabilities, or wait until one is free.",
        retryable=bool(capable),
    )
