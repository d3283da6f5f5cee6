"""A plan as a tree of lines: what leads to what."""

from __future__ import annotations

from collections.abc import Iterator

from groundplan.cli.render.numbers import number_list, task_numbers
from groundplan.cli.render.plain import shortened
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.task import Task

_NAME = 80


def tree(plan: ExecutionPlan) -> str:
    """Every task once, below the task that it waits for longest, ended by a line break.

    A task that alone follows another stands below it without indentation, so that a chain of a hundred steps
    stays readable; only where the work forks do branches appear. A task that waits for several names the
    others: `(also after 3, 4)`. Critical tasks carry a star.
    """
    lines = [lead + words for lead, _, words in tree_lines(plan)]
    return "\n".join(lines) + "\n" if lines else "(no tasks)\n"


def tree_lines(plan: ExecutionPlan) -> Iterator[tuple[str, str, str]]:
    """The lines of `tree`, each as its branches, its task's id, and its words."""
    parents = _parents(plan)
    children = _children(parents)
    words = _words(plan, parents)
    pending = [(root, "", "") for root in reversed(children[""])]
    while pending:
        task_id, head, body = pending.pop()
        yield head, task_id, words[task_id]
        below = children[task_id]
        pending += [(below[0], body, body)] if len(below) == 1 else _branches(below, body)


def _parents(plan: ExecutionPlan) -> dict[str, str]:
    """Of the tasks that a task waits for, the one that is finished last; the empty id for none."""
    numbers = task_numbers(plan)
    windows = plan.schedule.windows if plan.schedule else {}
    finish = {task_id: window.earliest_finish for task_id, window in windows.items()}
    parents = {}
    for task in plan.tasks:
        known = [other for other in task.predecessors if other in numbers]
        parents[task.task_id] = max(known, key=lambda other: (finish.get(other, 0.0), numbers[other]), default="")
    return parents


def _children(parents: dict[str, str]) -> dict[str, list[str]]:
    children: dict[str, list[str]] = {task_id: [] for task_id in ("", *parents)}
    for task_id, parent in parents.items():
        children[parent].append(task_id)
    return children


def _branches(task_ids: list[str], body: str) -> list[tuple[str, str, str]]:
    """Task, beginning of its line, beginning of the lines below it; the last branch first (a stack)."""
    last = len(task_ids) - 1
    return [
        (task_id, body + ("└─ " if place == last else "├─ "), body + ("   " if place == last else "│  "))
        for place, task_id in reversed(list(enumerate(task_ids)))
    ]


def _words(plan: ExecutionPlan, parents: dict[str, str]) -> dict[str, str]:
    numbers = task_numbers(plan)
    critical = set(plan.schedule.critical_path if plan.schedule else [])

    def words(task: Task) -> str:
        star = "*" if task.task_id in critical else ""
        others = [numbers[other] for other in task.predecessors if other != parents[task.task_id] and other in numbers]
        also = f" (also after {number_list(others)})" if others else ""
        return f"{numbers[task.task_id]}{star} {shortened(task.name, _NAME)}{also}"

    return {task.task_id: words(task) for task in plan.tasks}
