"""Whether there is enough of what tasks take, and of what the plan may use up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from groundplan.domain.capacities import Capacities, wanted_of
from groundplan.domain.feasibility import Conflict, largest_exceeding, said
from groundplan.domain.goal import GoalConstraints
from groundplan.domain.learned_numbers import learned_numbers
from groundplan.domain.resources import ResourceEstimate
from groundplan.domain.spoken_numbers import spoken_amount, spoken_duration
from groundplan.domain.surely_run import surely_run
from groundplan.domain.task import Task

_USED_UP: dict[str, Callable[[ResourceEstimate], float]] = {
    "cost": lambda estimate: estimate.cost.optimistic,
    "tokens": lambda estimate: estimate.tokens.optimistic,
}


def budget_conflicts(tasks: Sequence[Task], constraints: GoalConstraints) -> Iterator[Conflict]:
    """For cost and tokens the fewest tasks that at best use more than the goal allows, of those that surely run.

    What past runs told does not count.
    """
    sure = surely_run(tasks)
    for name, limit in (("cost", constraints.max_cost), ("tokens", constraints.max_tokens)):
        if limit is not None:
            uses, counted = _USED_UP[name], [task for task in tasks if task.task_id in sure]
            amounts = [
                (task, uses(task.resource_estimate))
                for task in counted
                if task.resource_estimate and name not in learned_numbers(task)
            ]
            if found := largest_exceeding([pair for pair in amounts if pair[1]], limit):
                yield _overspent(name, limit, found, sum(amount for _, amount in amounts))


def capacity_conflicts(tasks: Sequence[Task], within: Capacities, *, learned: bool = False) -> Iterator[Conflict]:
    """The tasks that each want more of something than there is, of those that surely run.

    Args:
        learned: by what past runs told of them, else by what is known without.
    """
    sure = surely_run(tasks) if within.amounts else set()
    for index, task in enumerate(tasks):
        if task.task_id not in sure or task.resource_estimate is None:
            continue
        for name, wanted in wanted_of(task.resource_estimate).items():
            has = within.amounts.get(name)
            if has is not None and wanted > has and learned == (name in learned_numbers(task)):
                yield _too_much(f"tasks[{index}].resource_estimate", task, name, wanted, has)


def timeout_conflicts(tasks: Sequence[Task]) -> Iterator[Conflict]:
    """The tasks that even at best take longer than their own time limit."""
    for index, task in enumerate(tasks):
        needs = task.resource_estimate.duration.optimistic if task.resource_estimate else 0.0
        if task.timeout_seconds is not None and needs > task.timeout_seconds:
            limit = f"{task.name!r} is stopped after {spoken_duration(task.timeout_seconds)}"
            need = f"it needs at least {spoken_duration(needs)}"
            yield Conflict(
                path=f"tasks[{index}].timeout_seconds",
                message=f"{limit}, but {need}",
                constraints=(limit, need),
                task_ids=(task.task_id,),
                suggestion="Raise timeout_seconds, or split the task.",
            )


def _overspent(name: str, limit: float, found: Sequence[tuple[Task, float]], whole: float) -> Conflict:
    allowed = f"the goal allows {spoken_amount(limit)}"
    parts = [f"{task.name!r} needs at least {spoken_amount(amount)}" for task, amount in found]
    return Conflict(
        path="resource_budget",
        message=f"needs at least {spoken_amount(whole)} {name}, {allowed}; {said(parts)}",
        constraints=(f"{allowed} {name}", *parts),
        task_ids=tuple(task.task_id for task, _ in found),
        suggestion=f"Raise max_{name}, or ask for less.",
    )


def _too_much(path: str, task: Task, name: str, wanted: float, has: float) -> Conflict:
    need, limit = f"{task.name!r} needs {spoken_amount(wanted)} {name}", f"there are {spoken_amount(has)}"
    return Conflict(
        path=path,
        message=f"{need}, {limit} at a time",
        constraints=(need, f"{limit} {name} at a time"),
        task_ids=(task.task_id,),
        suggestion=f"Split the task, or provide more {name} (setting resource_limits).",
    )
