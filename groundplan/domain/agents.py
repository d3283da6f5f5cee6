"""Who can do a task, and the pure rule that assigns one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import Field

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.frozen import Frozen
from groundplan.domain.ids import Id
from groundplan.domain.task import Task


class AgentCapability(Frozen):
    """An agent as planning sees it: what it can do, and how many tasks at once."""

    agent_id: Id
    capabilities: list[str] = Field(default_factory=list)
    tools: list[str] = Field(default_factory=list)
    capacity: int = Field(default=1, ge=1)
    available: bool = True
    description: str = ""

    def can_do(self, task: Task) -> bool:
        """Whether it offers every capability the task requires, and its tool if it lists tools at all."""
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
    load: Mapping[str, int] | None = None,
    prefer: str | None = None,
) -> AgentAssignment:
    """Choose an agent by capability, then availability, then load, then affinity (`prefer`).

    `load` counts the tasks each agent has at this moment. Ties go to the first agent given.

    Raises:
        PlanningError: E5900 if nobody capable is available.
    """
    taken = load or {}
    capable = [agent for agent in agents if agent.can_do(task)]
    free = [agent for agent in capable if agent.available and taken.get(agent.agent_id, 0) < agent.capacity]
    if not free:
        raise PlanningError(
            ErrorCode.NO_CAPABLE_AGENT,
            f"No agent for task {task.task_id!r}: "
            + (f"{len(capable)} can do it, none is free" if capable else "none offers what it requires"),
            details={"task_id": task.task_id, "required": task.required_capabilities, "tool": task.tool},
            recovery_suggestion="Register an agent with these capabilities, or wait until one is free.",
            retryable=bool(capable),
        )
    best = min(free, key=lambda agent: (taken.get(agent.agent_id, 0) / agent.capacity, agent.agent_id != prefer))
    busy = taken.get(best.agent_id, 0)
    reason = f"offers {', '.join(task.required_capabilities) or 'what is needed'}; {busy} of {best.capacity} busy"
    return AgentAssignment(task_id=task.task_id, agent_id=best.agent_id, reason=reason)
