"""What changed between two versions of a plan."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from groundplan.domain.frozen import Frozen
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.planned_task import planned_task


class PlanDiff(Frozen):
    """Task ids added and removed, and per changed task each planned field as [before, after]."""

    added: list[str] = Field(default_factory=list)
    removed: list[str] = Field(default_factory=list)
    changed: dict[str, dict[str, list[Any]]] = Field(default_factory=dict)


def diff_plans(before: ExecutionPlan, after: ExecutionPlan) -> PlanDiff:
    """Compare what was planned (not what a run changed) in two versions."""
    old = {task.task_id: planned_task(task) for task in before.tasks}
    new = {task.task_id: planned_task(task) for task in after.tasks}
    changed = {
        task_id: {
            field: [old[task_id].get(field), new[task_id].get(field)]
            for field in sorted(old[task_id].keys() | new[task_id].keys())
            if old[task_id].get(field) != new[task_id].get(field)
        }
        for task_id in new
        if task_id in old and old[task_id] != new[task_id]
    }
    return PlanDiff(
        added=[task_id for task_id in new if task_id not in old],
        removed=[task_id for task_id in old if task_id not in new],
        changed=changed,
    )
