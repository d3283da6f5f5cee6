"""A mitigation in the making: the plan it is for, and the patch as far as it has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from groundplan.domain.ledger import TaskState
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.patch import PlanPatch
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.task import DependencyKind, Task, TaskDependency
from groundplan.domain.validation import Surroundings

_OPEN = frozenset({TaskStatus.PENDING, TaskStatus.READY, TaskStatus.BLOCKED, TaskStatus.FAILED})
_LONGEST_NAME = 400


@dataclass(frozen=True)
class Draft:
    """The plan with what its run came to, and the changes so far."""

    plan: ExecutionPlan
    states: Mapping[str, TaskState] = field(default_factory=dict)
    around: Surroundings = field(default_factory=Surroundings)
    added: list[Task] = field(default_factory=list)
    changed: dict[str, dict[str, Any]] = field(default_factory=dict)
    waits: dict[str, list[TaskDependency]] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> Mapping[str, Task]:
        return {task.task_id: task for task in self.plan.tasks}

    @cached_property
    def _dependents(self) -> Mapping[str, list[Task]]:
        found: dict[str, list[Task]] = {}
        for task in self.plan.tasks:
            for other in task.predecessors:
                found.setdefault(other, []).append(task)
        return found

    def open_tasks(self, task_ids: Sequence[str]) -> list[Task]:
        """Those of the tasks that may still be changed: neither begun nor over, nor failed with a possible effect."""
        return [self.by_id[task_id] for task_id in task_ids if task_id in self.by_id and self.is_open(task_id)]

    def is_open(self, task_id: str) -> bool:
        """Whether a next version of the plan may change the task."""
        state = self.states.get(task_id)
        return state is None or (state.status in _OPEN and not state.may_have_happened)

    def dependents(self, task_id: str) -> list[Task]:
        """The tasks that wait for this one."""
        return self._dependents.get(task_id, [])

    def add(self, task_id: str, name: str, **fields: Any) -> str:
        """Add a task and give its id, which begins like `task_id` and is new to the plan and to its run."""
        known = self.by_id.keys() | self.states.keys() | {task.task_id for task in self.added}
        free, number = task_id, 1
        while free in known:
            number += 1
            free = f"{task_id}-{number}"
        task = Task(task_id=free, name=name[:_LONGEST_NAME], created_at=self.plan.created_at, **fields)
        self.added.append(task)
        return free

    def change(self, task_id: str, **fields: Any) -> None:
        """Change fields of a task."""
        self.changed.setdefault(task_id, {}).update(fields)

    def wait(self, task: Task, for_id: str) -> None:
        """Let the task wait for another one, beside those it waits for."""
        known = self.waits.setdefault(task.task_id, list(task.dependencies))
        if all(dependency.task_id != for_id for dependency in known):
            known.append(TaskDependency(task_id=for_id))

    @property
    def patch(self) -> PlanPatch:
        """The changes as a patch against the plan."""
        return PlanPatch(change=self.changed, add=self.added, rewire=self.waits)


def sure_waits(task: Task) -> list[TaskDependency]:
    """What the task waits for, whatever comes of it, as waits for the order alone."""
    sure = [wait.task_id for wait in task.dependencies if wait.kind is not DependencyKind.CONDITIONAL]
    return [TaskDependency(task_id=task_id) for task_id in dict.fromkeys(sure)]
