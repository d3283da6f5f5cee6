"""A plan: tasks, their order, schedule, risks and budget, and how it came about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from groundplan.domain.dependency_graph import DependencyGraph
from groundplan.domain.frozen import Frozen, UtcDatetime, as_utc
from groundplan.domain.ids import Id, new_id
from groundplan.domain.lifecycle import PLAN_TRANSITIONS, PlanStatus, check_transition
from groundplan.domain.resources import ResourceBudget
from groundplan.domain.risk import Risk
from groundplan.domain.schedule import Schedule
from groundplan.domain.task import Task, TaskDependency


class PlanType(StrEnum):
    """`sequential`: one task after the other. `parallel`: no task waits. `dag`: anything else."""

    SEQUENTIAL = "sequential"
    PARALLEL = "parallel"
    DAG = "dag"


class Signature(Frozen):
    """An HMAC-SHA256 over the plan's canonical form, as hexadecimal, and the id of the key that made it."""

    key_id: str
    value: str


class PlanMetadata(Frozen):
    """How a plan was made. `latency_ms` and `tokens` count the model's share; `replans` the plan's history."""

    strategy: str = ""
    breakdown: str = ""
    template: str | None = None
    template_version: str | None = None
    score: float | None = None
    model: str | None = None
    calls: int = 0
    tokens: int = 0
    latency_ms: float = 0.0
    cache_hit: bool = False
    attempts: int = 1
    reason: str = ""
    run_id: str = ""
    warnings: list[str] = Field(default_factory=list)
    replans: list[dict[str, Any]] = Field(default_factory=list)
    extra: dict[str, Any] = Field(default_factory=dict)


def _adjacency(given: Any) -> Any:
    return given.predecessors if isinstance(given, DependencyGraph) else given


class ExecutionPlan(Frozen):
    """A plan for one goal.

    `version` counts from 1; `revises` is the version it replaces. The dependency graph follows from the
    tasks, so it is computed, never stored beside them; one that is given adds its waits to the tasks.
    """

    plan_id: Id = Field(default_factory=new_id)
    goal_id: str = ""
    agent_did: str = "did:local:user"
    goal_text: str = ""
    plan_type: PlanType = PlanType.DAG
    tasks: list[Task] = Field(default_factory=list)
    status: PlanStatus = PlanStatus.DRAFT
    resource_budget: ResourceBudget = Field(default_factory=ResourceBudget)
    schedule: Schedule | None = None
    risks: list[Risk] = Field(default_factory=list)
    reasoning: str = ""
    approval_reasons: list[str] = Field(default_factory=list)
    """Why a person has to decide before it may run; empty if nobody has to. Signed with the plan."""
    version: int = Field(default=1, ge=1)
    revises: int | None = Field(default=None, ge=1)
    created_at: UtcDatetime = Field(default_factory=lambda: datetime.now(UTC))
    updated_at: UtcDatetime | None = None
    validated_at: UtcDatetime | None = None
    execution_started_at: UtcDatetime | None = None
    completed_at: UtcDatetime | None = None
    signature: Signature | None = None
    metadata: PlanMetadata = Field(default_factory=PlanMetadata)
    given_graph: Annotated[dict[str, list[str]], BeforeValidator(_adjacency)] | None = Field(
        default=None, validation_alias="dependency_graph", exclude=True, repr=False
    )
    """Only on the way in: `ExecutionPlan(dependency_graph=…)`; None ever after."""

    @model_validator(mode="after")
    def _with_waits(self) -> Self:
        # An after-validator, because a before-validator doubles the time of reading a plan from JSON.
        if self.given_graph is not None:
            tasks = _waiting(self.tasks, self.given_graph)
            self.__dict__.update(tasks=tasks, given_graph=None)
        return self

    @property
    def dependency_graph(self) -> DependencyGraph:
        """The adjacency of the tasks."""
        return DependencyGraph.of(self.tasks)

    def task(self, task_id: str) -> Task:
        """The task of this id. Raises KeyError."""
        for task in self.tasks:
            if task.task_id == task_id:
                return task
        raise KeyError(task_id)

    def to(self, status: PlanStatus, *, now: datetime) -> Self:
        """This plan with the next status and its times kept in step.

        Raises:
            PlanningError: E5203 for a step that the life cycle does not have.
        """
        check_transition(f"Plan {self.plan_id!r}", self.status, status, PLAN_TRANSITIONS)
        moment = as_utc(now)
        update: dict[str, Any] = {"status": status, "updated_at": moment}
        if status is PlanStatus.VALIDATED:
            update["validated_at"] = self.validated_at or moment
        elif status is PlanStatus.EXECUTING:
            update["execution_started_at"] = self.execution_started_at or moment
        elif status in (PlanStatus.COMPLETED, PlanStatus.FAILED, PlanStatus.CANCELLED):
            update["completed_at"] = moment
        return self.model_copy(update=update)


def _waiting(tasks: list[Task], predecessors: Mapping[str, list[str]]) -> list[Task]:
    """The tasks with a blocking dependency for each wait of the adjacency that they do not have yet."""
    strange = predecessors.keys() - {task.task_id for task in tasks}
    if strange:
        raise ValueError(f"dependency_graph names {min(strange)!r}, which is no task of the plan")
    return [_waiting_for(task, predecessors.get(task.task_id, ())) for task in tasks]


def _waiting_for(task: Task, others: Iterable[str]) -> Task:
    added = [TaskDependency(task_id=other) for other in others if other not in task.predecessors]
    return task.model_copy(update={"dependencies": [*task.dependencies, *added]}) if added else task


def plan_type_of(graph: DependencyGraph) -> PlanType:
    """How the tasks hang together, read off their graph."""
    before = list(graph.predecessors.values())
    if not any(before):
        return PlanType.PARALLEL if len(before) > 1 else PlanType.SEQUENTIAL
    waited_for = [other for others in before for other in others]
    chain = len(waited_for) == len(set(waited_for)) == len(before) - 1 and all(len(others) <= 1 for others in before)
    return PlanType.SEQUENTIAL if chain else PlanType.DAG
