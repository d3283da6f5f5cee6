"""The phases of a plan: those that its tasks name; else, where the goal asks for a breakdown, parts along its lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from groundplan.domain.dag import topological_order
from groundplan.domain.estimation import prior_of
from groundplan.domain.goal import Breakdown
from groundplan.domain.resources import ResourceEstimate
from groundplan.domain.schedule import Milestone, Phase, TaskSlot, TaskWindow
from groundplan.domain.task import Task

_QUARTERS = ("first quarter", "second quarter", "third quarter", "last quarter")
_WIDE = 10
"""An estimate whose pessimistic value is more than so many times the optimistic one is uncertain."""

Members = dict[str, list[str]]


def members_of_phases(
    tasks: Sequence[Task],
    breakdown: Breakdown,
    windows: Mapping[str, TaskWindow],
    slots: Mapping[str, TaskSlot],
    estimates: Mapping[str, ResourceEstimate],
) -> Members:
    """The ids of the tasks of each phase, in the order in which the plan names them.

    A plan that names a phase anywhere has those that it names. Of others, by breakdown: `functional` are kinds of work,
    `resource_based` agents, capabilities or tools, `temporal` quarters of the plan's time, `risk_based` what is
    irreversible or uncertain before the rest, `hierarchical` the parts that end in one last task each; `hybrid` none.
    """
    named = _grouped(tasks, lambda task: task.phase)
    if named or breakdown is Breakdown.HYBRID:
        return named
    if breakdown is Breakdown.HIERARCHICAL:
        ends = _last_tasks(tasks)
        return _grouped(tasks, lambda task: ends[task.task_id])
    makespan = max((window.earliest_finish for window in windows.values()), default=0.0)
    name_of: dict[Breakdown, Callable[[Task], str]] = {
        Breakdown.FUNCTIONAL: lambda task: task.category or prior_of(task).kind,
        Breakdown.RESOURCE_BASED: lambda task: _resource_of(task, slots),
        Breakdown.TEMPORAL: lambda task: _quarter(windows[task.task_id].earliest_start, makespan),
        Breakdown.RISK_BASED: lambda task: _risk_of(task, estimates[task.task_id]),
    }
    return _grouped(tasks, name_of[breakdown])


def phases_of(members: Members, windows: Mapping[str, TaskWindow]) -> list[Phase]:
    """Each phase with its span."""
    return [
        Phase(
            name=name,
            task_ids=tasks,
            start=min(windows[task_id].earliest_start for task_id in tasks),
            finish=max(windows[task_id].earliest_finish for task_id in tasks),
        )
        for name, tasks in members.items()
    ]


def milestones_of(tasks: Sequence[Task], phases: Sequence[Phase], makespan: float) -> list[Milestone]:
    """The end of each phase, and of the plan."""
    ends = [Milestone(name=f"{phase.name} done", task_ids=phase.task_ids, at=phase.finish) for phase in phases]
    waited_for = {other for task in tasks for other in task.predecessors}
    last = [task.task_id for task in tasks if task.task_id not in waited_for]
    return [*ends, Milestone(name="plan done", task_ids=last, at=makespan)]


def _grouped(tasks: Sequence[Task], name_of: Callable[[Task], str]) -> Members:
    members: Members = {}
    for task in tasks:
        if name := name_of(task):
            members.setdefault(name, []).append(task.task_id)
    return members


def _resource_of(task: Task, slots: Mapping[str, TaskSlot]) -> str:
    slot = slots.get(task.task_id)
    if slot is not None and slot.agent:
        return slot.agent
    return ", ".join(task.required_capabilities) or (task.tool or "anybody")


def _quarter(start: float, makespan: float) -> str:
    return _QUARTERS[min(int(4 * start / makespan), 3) if makespan else 0]


def _risk_of(task: Task, estimate: ResourceEstimate) -> str:
    is_wide = estimate.duration.pessimistic > _WIDE * estimate.duration.optimistic
    return "irreversible" if task.irreversible else "uncertain" if is_wide else "the rest"


def _last_tasks(tasks: Sequence[Task]) -> dict[str, str]:
    """The name of the one last task that each task leads to; `shared` for one that leads to several."""
    known = {task.task_id: task for task in tasks}
    leads_to = {task_id: task_id for task_id in known}
    followed: dict[str, set[str]] = {}
    for task_id in reversed(topological_order({task.task_id: task.predecessors for task in tasks})):
        ends = followed.get(task_id)
        if ends:
            leads_to[task_id] = next(iter(ends)) if len(ends) == 1 else ""
        for other in known[task_id].predecessors:
            followed.setdefault(other, set()).add(leads_to[task_id])
    return {task_id: known[end].name if end else "shared" for task_id, end in leads_to.items()}
