"""Whether the conditions of a plan can be decided: they compile, and what they name is there when they are asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from groundplan.domain.ancestry import Ancestry
from groundplan.domain.conditions import Over, compile_condition
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.findings import Finding, Level
from groundplan.domain.task import Task


def condition_findings(tasks: Sequence[Task]) -> Iterator[Finding]:
    """A finding (E5402) for each condition that does not compile, or names a task whose outcome is not known then."""
    ancestry: Ancestry | None = None
    for index, task in enumerate(tasks):
        for number, dependency in enumerate(task.dependencies):
            if dependency.condition is not None:
                path = f"tasks[{index}].dependencies[{number}].condition"
                yield from _compiling(dependency.condition, path, Over.DEPENDENCY)
        if task.condition is not None:
            ancestry = ancestry or Ancestry(tasks)
            yield from _known(task, f"tasks[{index}].condition", ancestry)


def _compiling(condition: str, path: str, over: Over) -> Iterator[Finding]:
    try:
        compile_condition(condition, over)
    except PlanningError as error:
        yield _finding(path, f"cannot be decided: {error.details['why']}", error.recovery_suggestion)


def _known(task: Task, path: str, ancestry: Ancestry) -> Iterator[Finding]:
    condition = task.condition or ""
    wrong = list(_compiling(condition, path, Over.TASKS))
    yield from wrong
    for task_id in () if wrong else compile_condition(condition).tasks:
        if task_id not in ancestry:
            yield _finding(path, f"names {task_id!r}, which the plan does not have", "Name a task of the plan.")
        elif not ancestry.is_before(task_id, task.task_id):
            yield _finding(
                path, f"names {task_id!r}, which it does not wait for", f"Let the task depend on {task_id!r}."
            )


def _finding(path: str, message: str, suggestion: str) -> Finding:
    return Finding(
        code=ErrorCode.CONDITION_INVALID, level=Level.SEMANTICS, path=path, message=message, suggestion=suggestion
    )
