"""The faces that agents see: a plan as numbered steps, and a request for another plan."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Self

from pydantic import Field, model_validator

from groundplan.domain.frozen import Frozen, UtcDatetime
from groundplan.domain.goal import Breakdown, DecompositionStrategy
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.task import TOOL_PATTERN

_SKEW = timedelta(seconds=5)


class ExecutionStep(Frozen):
    """A task as an agent sees it: numbered 1, 2, 3 …, waiting only for steps before it.

    What says that it completed (status, `completed_at`) and what says that it failed exclude each other, and no
    time lies in the future (5 s of clock skew are let through).
    """

    step_number: int = Field(ge=1)
    tool_name: str = Field(pattern=TOOL_PATTERN)
    description: str
    depends_on: list[int] = Field(default_factory=list)
    status: TaskStatus = TaskStatus.PENDING
    started_at: UtcDatetime | None = None
    completed_at: UtcDatetime | None = None
    failed_at: UtcDatetime | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if any(not 1 <= number < self.step_number for number in self.depends_on):
            raise ValueError(f"step {self.step_number} may depend only on steps before it")
        completed = self.completed_at or self.status is TaskStatus.COMPLETED
        failed = self.failed_at or self.status is TaskStatus.FAILED
        if completed and failed:
            raise ValueError("a step is not both completed and failed")
        latest = datetime.now(UTC) + _SKEW
        if any(at and at > latest for at in (self.started_at, self.completed_at, self.failed_at)):
            raise ValueError("a step's times do not lie in the future")
        return self


class ReplanRequest(Frozen):
    """What a replanner needs: the plan, how far it came (by step number), and why it does not do any more.

    `strategy` and `breakdown` are those for the rest, if they are to change; `notes` what a person adds, in prose.
    """

    current_plan: ExecutionPlan
    execution_state: dict[str, Any] = Field(default_factory=dict)
    reason: str = Field(min_length=1)
    completed_steps: list[int] = Field(default_factory=list)
    failed_steps: list[int] = Field(default_factory=list)
    strategy: DecompositionStrategy | None = None
    breakdown: Breakdown | None = None
    notes: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        both = sorted(set(self.completed_steps) & set(self.failed_steps))
        if both:
            raise ValueError(f"steps {both} are called both completed and failed")
        last = len(self.current_plan.tasks)
        strange = [number for number in (*self.completed_steps, *self.failed_steps) if not 1 <= number <= last]
        if strange:
            raise ValueError(f"the plan has steps 1 to {last}, not {strange}")
        return self


def steps_of(plan: ExecutionPlan) -> list[ExecutionStep]:
    """The plan as numbered steps without gaps, each after all that it waits for.

    A task without a tool is shown as `local.` and its type.
    """
    order = plan.dependency_graph.topological_order()
    number = {task_id: index for index, task_id in enumerate(order, start=1)}
    return [
        ExecutionStep(
            step_number=number[task.task_id],
            tool_name=task.tool or f"local.{task.task_type.value}",
            description=task.description or task.name,
            depends_on=sorted(number[other] for other in task.predecessors),
            status=task.status,
            started_at=task.started_at,
            completed_at=task.completed_at if task.status is not TaskStatus.FAILED else None,
            failed_at=task.completed_at if task.status is TaskStatus.FAILED else None,
        )
        for task in sorted(plan.tasks, key=lambda task: number[task.task_id])
    ]
