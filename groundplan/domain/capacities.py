"""What there is at one time for the tasks of a plan, and what each of them takes up."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from groundplan.domain.agents import AgentCapability
from groundplan.domain.goal import GoalConstraints
from groundplan.domain.resources import ResourceEstimate
from groundplan.domain.settings import PlannerSettings
from groundplan.domain.task import Task
from groundplan.domain.tools import ToolSpec

PLACES = "places"
"""How many tasks run at a time."""
CPU = "cpu_cores"
MEMORY = "memory_mb"
WINDOW_SECONDS = 60.0
"""The window that `ToolSpec.calls_per_minute` counts in."""
CALL = 1
"""What one call takes of a resource of `Need.calls`."""

Rounding = Callable[[float], int]


@dataclass(frozen=True, slots=True)
class Capacities:
    """What there is at one time. What is not given is not limited.

    Attributes:
        at_once: how many tasks may run at a time.
        agents: who does the tasks that require capabilities.
        amounts: CPU cores, MB of memory and other renewable resources by the names of `ResourceEstimate`.
        tools: of those with `max_parallel` or `calls_per_minute`, how often they may be called.
    """

    at_once: int | None = None
    agents: Sequence[AgentCapability] = ()
    amounts: Mapping[str, float] = field(default_factory=dict)
    tools: Mapping[str, ToolSpec] = field(default_factory=dict)


UNLIMITED = Capacities()


def capacities_for(
    constraints: GoalConstraints,
    settings: PlannerSettings,
    agents: Sequence[AgentCapability] = (),
    tools: Mapping[str, ToolSpec] | None = None,
) -> Capacities:
    """The limits that a plan for such a goal is scheduled within."""
    most = settings.max_concurrent_tasks
    limited = {name: tool for name, tool in (tools or {}).items() if tool.max_parallel or tool.calls_per_minute}
    return Capacities(
        at_once=min(constraints.max_parallel or most, most),
        agents=agents,
        amounts=settings.resource_limits,
        tools=limited,
    )


@dataclass(frozen=True, slots=True)
class Need:
    """What a task takes up: parts of resources while it runs, one place of one of the `able` agents (by index;
    empty if it needs none), and of the resources in `calls` a share for a minute from its start."""

    amounts: tuple[tuple[str, int], ...] = ()
    able: tuple[int, ...] = ()
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Workload:
    """Tasks with what they need, and what there is: the problem that scheduling within limits solves.

    Attributes:
        durations: seconds by task id, in the plan's order.
        amounts: parts by resource, those of `Need.calls` among them; only what some task takes up. They are counted,
            so that sums are exact.
        parts: into how many of them a unit of each resource is divided.
        needs: the different needs; `need_of` is the place of each task's.
        prefers: the agent that a task was meant for, by index.
        too_much: per task the resource of which it wants more than exists; it is scheduled as if it wanted all.
    """

    durations: Mapping[str, float]
    predecessors: Mapping[str, Collection[str]]
    amounts: Mapping[str, int]
    parts: Mapping[str, int]
    agents: Sequence[AgentCapability]
    needs: Sequence[Need]
    need_of: Mapping[str, int]
    prefers: Mapping[str, int]
    too_much: Mapping[str, str]

    @property
    def assigns_agents(self) -> bool:
        return any(need.able for need in self.needs)

    def in_units(self, name: str, parts: int) -> float:
        """So many parts in the resource's own unit."""
        return parts / self.parts[name]


def workload(
    tasks: Sequence[Task],
    predecessors: Mapping[str, Collection[str]],
    durations: Mapping[str, float],
    estimates: Mapping[str, ResourceEstimate],
    within: Capacities,
    *,
    at_least: bool = False,
) -> Workload:
    """The scheduling problem of these tasks.

    A task takes an agent if it requires capabilities or names a registered agent, as when it is run; one that nobody
    can do is scheduled as if somebody could, and validation says so.

    Args:
        at_least: amounts are rounded in favour of the tasks, for proofs of what cannot be; else against them, for times
            that can be kept.
    """
    reader = _Reader(within, at_least=at_least)
    if within.agents or within.amounts or within.tools:
        need_of = {task.task_id: reader.number_of(task, estimates.get(task.task_id)) for task in tasks}
    else:  # all the same, so one stands for thousands
        need_of = dict.fromkeys(durations, reader.number_of(tasks[0], None)) if tasks else {}
    return Workload(
        durations=durations,
        predecessors=predecessors,
        amounts=reader.amounts,
        parts=reader.parts,
        agents=within.agents,
        needs=list(reader.numbers),
        need_of=need_of,
        prefers=reader.prefers,
        too_much=reader.too_much,
    )


class _Reader:
    """Reads needs off tasks, each kind once."""

    def __init__(self, within: Capacities, *, at_least: bool) -> None:
        self._within = within
        self._rounded_need: Rounding = math.floor if at_least else math.ceil
        self._rounded_limit: Rounding = math.ceil if at_least else math.floor
        self._index = {agent.agent_id: place for place, agent in enumerate(within.agents)}
        self._able: dict[tuple[object, ...], tuple[int, ...]] = {}
        self.numbers: dict[Need, int] = {}
        self.amounts: dict[str, int] = {}
        self.parts: dict[str, int] = {}
        self.prefers: dict[str, int] = {}
        self.too_much: dict[str, str] = {}

    def number_of(self, task: Task, estimate: ResourceEstimate | None) -> int:
        need = Need(self._amounts(task, estimate), self._who(task), self._calls(task))
        return self.numbers.setdefault(need, len(self.numbers))

    def _amounts(self, task: Task, estimate: ResourceEstimate | None) -> tuple[tuple[str, int], ...]:
        within, found = self._within, []
        if within.at_once is not None:
            found.append(self._taken(task, PLACES, 1, within.at_once))
        if within.amounts and estimate is not None:
            wanted = wanted_of(estimate)
            found += [
                self._taken(task, name, wanted[name], has) for name, has in within.amounts.items() if name in wanted
            ]
        tool = within.tools.get(task.tool or "")
        if tool is not None and tool.max_parallel:
            found.append(self._taken(task, f"tool {tool.name}", 1, tool.max_parallel))
        return tuple(pair for pair in found if pair[1])

    def _taken(self, task: Task, name: str, wanted: float, has: float) -> tuple[str, int]:
        if name not in self.amounts:
            parts = self.parts[name] = _parts_of(has)
            self.amounts[name] = max(1, _whole(has * parts, self._rounded_limit))
        takes, most = _whole(min(wanted, 2 * has) * self.parts[name], self._rounded_need), self.amounts[name]
        if takes > most:
            self.too_much.setdefault(task.task_id, name)
        return name, min(takes, most)

    def _calls(self, task: Task) -> tuple[str, ...]:
        tool = self._within.tools.get(task.tool or "")
        if tool is None or not tool.calls_per_minute:
            return ()
        name = f"calls of {tool.name} a minute"
        self.parts[name], self.amounts[name] = CALL, tool.calls_per_minute * CALL
        return (name,)

    def _who(self, task: Task) -> tuple[int, ...]:
        own = self._index.get(task.assigned_agent) if task.assigned_agent else None
        if own is not None:
            self.prefers[task.task_id] = own
        if not self._index or not (task.required_capabilities or own is not None):
            return ()
        kind = (task.tool, *sorted(task.required_capabilities), None, *sorted(task.excluded_agents))
        if kind not in self._able:
            self._able[kind] = _who_can(task, self._within.agents)
        return self._able[kind]


def wanted_of(estimate: ResourceEstimate) -> dict[str, float]:
    """What a task takes up while it runs, by the names that limits go by; nothing of which it takes none."""
    wanted = {CPU: estimate.cpu_cores, MEMORY: estimate.memory_mb, **estimate.resources}
    return {name: amount for name, amount in wanted.items() if amount > 0}


def _who_can(task: Task, agents: Iterable[AgentCapability]) -> tuple[int, ...]:
    """Those who are there; if none of them is at this moment, all who could."""
    can = [(place, agent) for place, agent in enumerate(agents) if agent.can_do(task)]
    there = tuple(place for place, agent in can if agent.available)
    return there or tuple(place for place, _ in can)


def _parts_of(has: float) -> int:
    """Thousandths of a unit; where there is less than a thousand units, so many that there are a million of them."""
    return int(10 ** min(max(3, 6 - math.floor(math.log10(has))), 300))


def _whole(parts: float, rounded: Rounding) -> int:
    """A whole number of parts; what floating point adds or takes away is not rounded."""
    near = round(parts)
    return near if abs(parts - near) <= 1e-6 else rounded(parts)
