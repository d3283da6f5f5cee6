"""What came of running a plan: per task, and in all."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, ValuesView
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
    """The outcome of a plan.

    Reads like a dictionary of task results, `result[task_id].output`; the totals can be asked for by name too,
    `result["status"]` (a task of that id comes first).
    """

    plan_id: str
    status: PlanStatus
    tasks: dict[str, TaskResult] = Field(default_factory=dict)
    execution_time_ms: float = 0.0
    tokens: int = 0
    cost: float = 0.0

    def __getitem__(self, name: str) -> Any:
        if name in self.tasks:
            return self.tasks[name]
        if name in PlanResult.model_fields:
            return getattr(self, name)
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return name in self.tasks or name in PlanResult.model_fields

    def __iter__(self) -> Iterator[str]:  # type: ignore[override]  # as a dictionary's, not as a model's
        return iter(self.tasks)

    def __len__(self) -> int:
        return len(self.tasks)

    def keys(self) -> KeysView[str]:
        """The ids of the tasks that have a result."""
        return self.tasks.keys()

    def values(self) -> ValuesView[TaskResult]:
        """The results of the tasks."""
        return self.tasks.values()

    def items(self) -> ItemsView[str, TaskResult]:
        """Task ids with their results."""
        return self.tasks.items()

    def get(self, name: str, default: Any = None) -> Any:
        """As `result[name]`, or `default`."""
        try:
            return self[name]
        except KeyError:
            return default

    def count(self, status: TaskStatus) -> int:
        """How many tasks ended with this status."""
        return sum(result.status is status for result in self.tasks.values())
