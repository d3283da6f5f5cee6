"""Which tasks a plan cannot be done without.

    may be left out   an optional task, as the plan holds without it
                      one with a condition, its own or on a dependency
                      one that waits for such a conditional task, at any distance: a skip travels on
    surely runs       any other

Of two branches that exclude each other neither surely runs.
"""

from __future__ import annotations

from collections.abc import Sequence

from groundplan.domain.task import DependencyKind, Task


def surely_run(tasks: Sequence[Task]) -> set[str]:
    """The ids of the tasks that run in every case in which the plan is done."""
    pending = [task.task_id for task in tasks if _is_conditional(task)]
    skipped = set(pending)
    after = _after(tasks) if pending else {}
    while pending:
        reached = [later for later in after.get(pending.pop(), ()) if later not in skipped]
        skipped.update(reached)
        pending += reached
    return {task.task_id for task in tasks if not task.optional} - skipped


def _after(tasks: Sequence[Task]) -> dict[str, list[str]]:
    after: dict[str, list[str]] = {}
    for task in tasks:
        for other in task.predecessors:
            after.setdefault(other, []).append(task.task_id)
    return after


def _is_conditional(task: Task) -> bool:
    return bool(task.condition) or any(wait.kind is DependencyKind.CONDITIONAL for wait in task.dependencies)
