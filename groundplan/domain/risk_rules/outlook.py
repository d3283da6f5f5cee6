"""What the risk rules look at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from groundplan.domain.agents import AgentCapability
from groundplan.domain.dependency_graph import DependencyGraph
from groundplan.domain.goal import GoalConstraints
from groundplan.domain.resources import ResourceEstimate
from groundplan.domain.risk_ids import risk_id_of
from groundplan.domain.schedule import Schedule
from groundplan.domain.scheduling import probability_of_lateness
from groundplan.domain.task import Task
from groundplan.domain.tools import ToolSpec


@dataclass(frozen=True)
class Outlook:
    """What the rules look at.

    What stands in `goal_text` was judged with the goal, under the policy chosen for it.

    Attributes:
        seconds_left: the time until the deadline; None if there is none.
        proven_tools: the tools with which a task was completed before; None where no history is known.
    """

    plan_id: str
    tasks: Sequence[Task]
    graph: DependencyGraph
    estimates: Mapping[str, ResourceEstimate]
    schedule: Schedule
    constraints: GoalConstraints
    tools: Mapping[str, ToolSpec]
    agents: Sequence[AgentCapability]
    seconds_left: float | None = None
    goal_text: str = ""
    proven_tools: Collection[str] | None = None

    @cached_property
    def by_id(self) -> Mapping[str, Task]:
        return {task.task_id: task for task in self.tasks}

    @cached_property
    def lateness(self) -> float:
        """The chance to miss the deadline; 0 without one."""
        return 0.0 if self.seconds_left is None else probability_of_lateness(self.schedule, self.seconds_left)

    def id_of(self, rule: str, *task_ids: str, detail: str = "") -> str:
        """The id of the risk that the rule sees: of these tasks, or (without any) of the plan as a whole."""
        return risk_id_of(self.plan_id, rule, task_ids, detail)
