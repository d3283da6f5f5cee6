"""What came of running a plan: per task, and in all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from groundplan.domain.frozen import Frozen
from groundplan.domain.lifecycle import PlanStatus, TaskStatus


class TaskResult(Frozen):
    """The outcome of one task. `duration_seconds` is of the last attempt."""

    task_id: str
    status: TaskStatus
    output: Any = None
    error: dict[str, Any] | None = None
    attempts: int = 0
    duration_seconds: float = 0.0


class PlanResult(Frozen):
    """The outcome of a plan. Reads like a dictionary of task results: `result[task_id].output`."""

    plan_id: str
    status: PlanStatus
    tasks: dict[str, TaskResult] = Field(default_factory=dict)
    execution_time_ms: float = 0.0
    tokens: int = 0
    cost: float = 0.0

    def __getitem__(self, task_id: str) -> TaskResult:
        return self.tasks[task_id]

    def __contains__(self, task_id: object) -> bool:
        return task_id in self.tasks

    def __len__(self) -> int:
        return len(self.tasks)

    def keys(self) -> Iterator[str]:
        """The ids of the tasks that have a result."""
        return iter(self.tasks)

    def get(self, task_id: str, default: TaskResult | None = None) -> TaskResult | None:
        """The result of the task, or `default`."""
        return self.tasks.get(task_id, default)

    def count(self, status: TaskStatus) -> int:
        """How many tasks ended with this status."""
        return sum(result.status is status for result in self.tasks.values())
