"""One piece of work, what it waits for, and its life."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AliasChoices, Field, model_validator

from groundplan.domain.frozen import Frozen, UtcDatetime, as_utc
from groundplan.domain.ids import Id, new_id
from groundplan.domain.lifecycle import TASK_TRANSITIONS, TaskStatus, check_transition
from groundplan.domain.resources import ResourceEstimate

TOOL_PATTERN = r"^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)+$"
"""A tool is named `domain.tool`, such as `email.send`."""

ToolName = Annotated[str, Field(pattern=TOOL_PATTERN)]


class TaskType(StrEnum):
    ATOMIC = "atomic"
    COMPOUND = "compound"
    TOOL_CALL = "tool_call"
    LLM_CALL = "llm_call"


class DependencyKind(StrEnum):
    """`blocking`: after it completed. `conditional`: only if its outcome meets a condition.
    `data`: needs a named output of it, bound to a named input."""

    BLOCKING = "blocking"
    CONDITIONAL = "conditional"
    DATA = "data"


class TaskDependency(Frozen):
    """That a task waits for `task_id`. `condition` is a CEL expression over the outcome of that task.

    `order_only` says that nothing of the other task is needed: a blocking wait that stands only for the order in which
    somebody wrote the steps. Replanning may cut it.
    """

    task_id: Id
    kind: DependencyKind = DependencyKind.BLOCKING
    condition: str | None = None
    output: str | None = None
    input: str | None = None
    order_only: bool = False

    @model_validator(mode="after")
    def _complete(self) -> Self:
        check_complete(self.kind, self.condition, self.output, self.input)
        check_order_only(self.kind, self.order_only)
        return self


def check_order_only(kind: DependencyKind, order_only: bool) -> None:
    """Pass unless a dependency that needs an outcome is called one of order alone; raises ValueError."""
    if order_only and kind is not DependencyKind.BLOCKING:
        raise ValueError(f"a {kind.value} dependency is more than an order")


def check_complete(kind: DependencyKind, condition: str | None, output: str | None, input: str | None) -> None:
    """Pass if a dependency of this kind says all that its kind needs; raises ValueError."""
    if kind is DependencyKind.CONDITIONAL and not condition:
        raise ValueError("a conditional dependency needs a condition")
    if kind is DependencyKind.DATA and not (output and input):
        raise ValueError("a data dependency names an output and the input it is bound to")


class RetryPolicy(Frozen):
    """How often a failed attempt is repeated, and after how long.

    The wait before attempt n + 1 is `min(backoff_seconds · backoff_factor^(n-1), max_backoff_seconds)`,
    spread by ± `jitter` of itself. `retry_on` names error codes or exception types; empty means whatever
    calls itself retryable.
    """

    attempts: int = Field(default=1, ge=1, le=100)
    backoff_seconds: float = Field(default=1.0, ge=0)
    backoff_factor: float = Field(default=2.0, ge=1)
    max_backoff_seconds: float = Field(default=60.0, ge=0)
    jitter: float = Field(default=0.1, ge=0, le=1)
    retry_on: list[str] = Field(default_factory=list)


_NO_RETRY = RetryPolicy()
"""One for all tasks that say nothing, as defaults are compared for every task that is written."""


class Compensation(Frozen):
    """How a completed task is undone: in words, and by a tool where there is one."""

    description: str
    tool: str | None = Field(default=None, pattern=TOOL_PATTERN)
    inputs: dict[str, Any] = Field(default_factory=dict)


class Task(Frozen):
    """One piece of work of a plan.

    `inputs` may hold bindings `${TASK_ID.output.path}`, filled from earlier outputs when the task starts.
    `irreversible` says that its effect cannot be taken back; `optional` that the plan holds without it.
    `alternatives` are tools that give the same outputs and may be tried in this order when `tool` fails;
    `excluded_agents` must not do it, as one that failed at it.
    """

    task_id: Id = Field(default_factory=new_id)
    plan_id: str = ""
    name: str = Field(min_length=1, max_length=400)
    description: str = ""
    task_type: TaskType = TaskType.ATOMIC
    category: str = ""
    phase: str = ""
    tool: str | None = Field(default=None, pattern=TOOL_PATTERN)
    status: TaskStatus = TaskStatus.PENDING
    dependencies: list[TaskDependency] = Field(default_factory=list)
    inputs: dict[str, Any] = Field(default_factory=dict, validation_alias=AliasChoices("inputs", "input_data"))
    outputs: dict[str, Any] = Field(default_factory=dict, validation_alias=AliasChoices("outputs", "output_data"))
    assigned_agent: str | None = Field(default=None, validation_alias=AliasChoices("assigned_agent", "agent_id"))
    resource_estimate: ResourceEstimate | None = None
    timeout_seconds: float | None = Field(default=None, gt=0)
    retry_policy: RetryPolicy = Field(default_factory=lambda: _NO_RETRY)
    compensation: Compensation | None = None
    condition: str | None = None
    idempotency_key: str | None = None
    sequence_order: int = Field(default=0, ge=0)
    required_capabilities: list[str] = Field(default_factory=list)
    alternatives: list[ToolName] = Field(default_factory=list)
    excluded_agents: list[Id] = Field(default_factory=list)
    success_criteria: list[str] = Field(default_factory=list)
    optional: bool = False
    irreversible: bool = False
    created_at: UtcDatetime = Field(default_factory=lambda: datetime.now(UTC))
    started_at: UtcDatetime | None = None
    completed_at: UtcDatetime | None = None
    attempts: int = Field(default=0, ge=0)
    error: dict[str, Any] | None = None

    @property
    def input_data(self) -> dict[str, Any]:
        """The store's word for `inputs`."""
        return self.inputs

    @property
    def output_data(self) -> dict[str, Any]:
        """The store's word for `outputs`."""
        return self.outputs

    @property
    def agent_id(self) -> str | None:
        """The store's word for `assigned_agent`."""
        return self.assigned_agent

    @property
    def predecessors(self) -> list[str]:
        """The ids of the tasks this one waits for, each once, in the order they were named."""
        return list(dict.fromkeys(dependency.task_id for dependency in self.dependencies))

    def to(self, status: TaskStatus, *, now: datetime, **update: Any) -> Self:
        """This task with the next status, its times, attempts and error kept in step.

        Raises:
            PlanningError: E5203 for a step that the life cycle does not have.
        """
        check_transition(f"Task {self.task_id!r}", self.status, status, TASK_TRANSITIONS)
        if status is TaskStatus.EXECUTING:
            update.setdefault("started_at", as_utc(now))
            update.setdefault("attempts", self.attempts + 1)
        elif status is TaskStatus.COMPLETED:
            update = {"completed_at": as_utc(now), "error": None} | update
        elif status is TaskStatus.FAILED:
            update.setdefault("completed_at", as_utc(now))
        elif status in (TaskStatus.READY, TaskStatus.PENDING):
            update = {"started_at": None, "completed_at": None} | update
        return self.model_copy(update={"status": status} | update)
