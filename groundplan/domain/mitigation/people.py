"""Checks and approvals: tasks that a person does, right before a risky task or right after it.

They have a category that vouches for the task behind them (`domain/irreversible.py`), and name what it names. Who does
them: what is registered for the category, else a person, who reports it (`groundplan update`).
"""

from __future__ import annotations

from groundplan.domain.irreversible import texts_in
from groundplan.domain.mitigation.draft import Draft, sure_waits
from groundplan.domain.risk import Risk
from groundplan.domain.sanitizer import Policy, find_refusal
from groundplan.domain.task import DependencyKind, Task, TaskDependency

_AFTER = frozenset({"outside-dependency", "untested-tool", "long-task"})
"""The rules where it is the result that needs a look."""
_PATIENCE = 7 * 86_400.0
"""How long a person may take, in seconds; the default of a task would be over before the weekend is."""
_SHOWN = 2_000


def add_checks(draft: Draft, risk: Risk) -> None:
    """A review of each task of the risk: before it, or of its result where that is what is in doubt."""
    for task in draft.open_tasks(risk.task_ids):
        if risk.rule in _AFTER:
            _after(draft, task)
        else:
            _before(draft, task, "check", "Review", "review", "See that it is right before it runs")


def add_approvals(draft: Draft, risk: Risk) -> None:
    """An approval right before each task of the risk."""
    for task in draft.open_tasks(risk.task_ids):
        _before(draft, task, "approval", "Approve", "approval", "Decide whether it may run")


def _before(draft: Draft, task: Task, suffix: str, verb: str, category: str, asks: str) -> None:
    added = draft.add(
        f"{task.task_id}-{suffix}",
        f"{verb}: {task.name}",
        description=f"{asks}. {_shown(task)}".strip(),
        category=category,
        phase=task.phase,
        dependencies=sure_waits(task),
        timeout_seconds=_PATIENCE,
    )
    draft.wait(task, added)


def _after(draft: Draft, task: Task) -> None:
    added = draft.add(
        f"{task.task_id}-check",
        f"Review the result: {task.name}",
        description="See that the result can be used before anything is built on it.",
        category="review",
        phase=task.phase,
        dependencies=[TaskDependency(task_id=task.task_id)],
        timeout_seconds=_PATIENCE,
        optional=task.optional,
    )
    for later in draft.dependents(task.task_id):
        if draft.is_open(later.task_id) and _needs_success(later, task.task_id):
            draft.wait(later, added)


def _needs_success(task: Task, of: str) -> bool:
    return all(
        wait.kind is not DependencyKind.CONDITIONAL for wait in task.dependencies if wait.task_id == of
    )  # a handler of its failure must not wait for a check of its result


def _shown(task: Task) -> str:
    """What the task is given, as far as it can stand in a text that prompts and pages show."""
    texts = [text for text in texts_in(task.inputs) if find_refusal(text, Policy.PROSE) is None]
    said = "; ".join(texts)
    return f"It is given: {said}." if said and len(said) <= _SHOWN else ""
