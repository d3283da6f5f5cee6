"""A change of a plan as data: add, remove, change, rewire. The result is checked like any plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.frozen import Frozen
from groundplan.domain.resources import GIVEN
from groundplan.domain.task import DependencyKind, Task, TaskDependency

CHANGEABLE = frozenset(
    {
        "name", "description", "task_type", "category", "phase", "tool", "inputs", "resource_estimate",
        "timeout_seconds", "retry_policy", "compensation", "condition", "required_capabilities",
        "alternatives", "excluded_agents", "success_criteria", "optional", "irreversible",
    }
)  # fmt: skip
"""The fields of a task that a patch may change: those that planning decides, none that a run does."""


class PlanPatch(Frozen):
    """What to change, by task id, in this order: remove, change, add, rewire.

    Removing a task also removes every dependency on it, and hands its own predecessors to the tasks that
    waited for it, so that the order of the rest is kept. Estimates that a patch gives are kept as given.
    """

    remove: list[str] = Field(default_factory=list)
    change: dict[str, dict[str, Any]] = Field(default_factory=dict)
    add: list[Task] = Field(default_factory=list)
    rewire: dict[str, list[TaskDependency]] = Field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.remove or self.change or self.add or self.rewire)


def apply_patch(tasks: list[Task], patch: PlanPatch) -> list[Task]:
    """The tasks after the patch, in order, added ones last.

    Raises:
        PlanningError: E5600 if the patch names a task or field that is not there, or a value that cannot be.
    """
    _check_names(tasks, patch)
    by_id, removed = {task.task_id: task for task in tasks}, set(patch.remove)
    kept = [_without(task, by_id, removed) for task in tasks if task.task_id not in removed]
    changed = [_changed(task, patch.change.get(task.task_id)) for task in kept]
    start = max((task.sequence_order for task in tasks), default=0) + 1
    plan_id = tasks[0].plan_id if tasks else ""
    added = [
        _given(task.model_copy(update={"sequence_order": start + offset, "plan_id": plan_id}))
        for offset, task in enumerate(patch.add)
    ]
    return [
        task.model_copy(update={"dependencies": patch.rewire[task.task_id]}) if task.task_id in patch.rewire else task
        for task in changed + added
    ]


def _check_names(tasks: list[Task], patch: PlanPatch) -> None:
    known = {task.task_id for task in tasks}
    errors = [f"remove: no task {name!r}" for name in patch.remove if name not in known]
    rest = known - {*patch.remove}
    errors += [f"change: no task {name!r}" for name in patch.change if name not in rest]
    errors += [
        f"change.{name}: {field!r} cannot be changed"
        for name, fields in patch.change.items()
        for field in fields
        if field not in CHANGEABLE
    ]
    errors += [f"add: {task.task_id!r} is there already" for task in patch.add if task.task_id in known]
    after = rest | {task.task_id for task in patch.add}
    errors += [f"rewire: no task {name!r}" for name in patch.rewire if name not in after]
    if errors:
        raise _invalid(errors)


def _without(task: Task, by_id: Mapping[str, Task], removed: set[str]) -> Task:
    if not removed.intersection(task.predecessors):
        return task
    kept = {dependency.task_id: dependency for dependency in task.dependencies if dependency.task_id not in removed}
    pending, seen = [other for other in task.predecessors if other in removed], set[str]()
    for gone in pending:
        if gone not in seen:
            seen.add(gone)
            for dependency in by_id[gone].dependencies:
                if dependency.task_id in removed:
                    pending.append(dependency.task_id)
                else:
                    kept.setdefault(dependency.task_id, _inherited(dependency))
    return task.model_copy(update={"dependencies": list(kept.values())})


def _inherited(dependency: TaskDependency) -> TaskDependency:
    # The input that the output was bound to went with the removed task; what is left is the order.
    return TaskDependency(task_id=dependency.task_id) if dependency.kind is DependencyKind.DATA else dependency


def _changed(task: Task, fields: dict[str, Any] | None) -> Task:
    if not fields:
        return task
    known = {name: getattr(task, name) for name in Task.model_fields}
    try:
        changed = Task.model_validate(known | fields)
        return _given(changed) if "resource_estimate" in fields else changed
    except ValidationError as error:
        raise _invalid(
            [f"change.{task.task_id}.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        ) from error


def _given(task: Task) -> Task:
    if task.resource_estimate is None:
        return task
    return task.model_copy(update={"resource_estimate": task.resource_estimate.model_copy(update={"basis": GIVEN})})


def _invalid(errors: list[str]) -> PlanningError:
    return PlanningError(
        ErrorCode.VALIDATION_FAILED,
        f"The patch does not fit the plan: {errors[0]}",
        details={"errors": errors},
        recovery_suggestion="Look at the plan's task ids and fields (`groundplan show ID --json`), mend the patch.",
    )
