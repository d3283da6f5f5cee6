"""The bare structure of a plan, before it has ids: what templates, step lists and models produce.

An outline names its steps by keys of its own (`s1`, `build`, …). `instantiate` turns it into tasks of one plan.
The same outline can be instantiated any number of times, which is what the cache does.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from pydantic import Field, model_validator

from groundplan.domain.condition_text import renamed
from groundplan.domain.frozen import Frozen
from groundplan.domain.ids import Id, TaskId, task_id_of
from groundplan.domain.resources import GIVEN, NOTHING, PRICED, Estimate, ResourceEstimate
from groundplan.domain.task import (
    TOOL_PATTERN,
    Compensation,
    DependencyKind,
    RetryPolicy,
    Task,
    TaskDependency,
    TaskType,
    ToolName,
    check_complete,
    check_order_only,
)

BINDING = re.compile(r"\$\{([A-Za-z0-9_-]{1,200})\.outputs?(?:\.([A-Za-z0-9_.\[\]-]{1,400}))?\}")
"""`${KEY.output.path}`: an input that is filled from the output of another step."""


class OutlineDependency(Frozen):
    """That a step waits for the step `key`; kinds as in `TaskDependency`."""

    key: Id
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


class OutlineStep(Frozen):
    """One step of an outline, by the rules of `Task`.

    `duration` is in seconds (optimistic, likely, pessimistic) if it is known; so are the other needs.
    """

    key: Id
    name: str = Field(min_length=1, max_length=400)
    description: str = ""
    task_type: TaskType = TaskType.ATOMIC
    category: str = ""
    phase: str = ""
    tool: str | None = Field(default=None, pattern=TOOL_PATTERN)
    depends_on: list[OutlineDependency] = Field(default_factory=list)
    inputs: dict[str, Any] = Field(default_factory=dict)
    duration: Estimate | None = None
    tokens: Estimate | None = None
    cost: Estimate | None = None
    cpu_cores: float = Field(default=0.0, ge=0)
    memory_mb: float = Field(default=0.0, ge=0)
    success_criteria: list[str] = Field(default_factory=list)
    required_capabilities: list[str] = Field(default_factory=list)
    alternatives: list[ToolName] = Field(default_factory=list)
    excluded_agents: list[Id] = Field(default_factory=list)
    condition: str | None = None
    compensation: Compensation | None = None
    retry_policy: RetryPolicy | None = None
    timeout_seconds: float | None = Field(default=None, gt=0)
    optional: bool = False
    irreversible: bool = False


class Origin(Frozen):
    """How an outline was made: `numbered`, `template`, `llm`, `cache`, `edit` …, by what, and at which price."""

    strategy: str
    template: str | None = None
    template_version: str | None = None
    score: float | None = None
    model: str | None = None
    calls: int = 0
    tokens: int = 0
    latency_ms: float = 0.0
    cache_hit: bool = False
    reason: str = ""


class Outline(Frozen):
    """Steps with keys of their own, and where they come from."""

    title: str = ""
    steps: list[OutlineStep]
    origin: Origin
    reasoning: str = ""


def instantiate(outline: Outline, plan_id: str, *, now: datetime, keep_keys: bool = False) -> list[Task]:
    """The outline's steps as tasks of the plan, in order, keys replaced by task ids everywhere.

    A step whose key is a task id of this plan already keeps it, so that a later version names the same task
    by the same id. A dependency on a key that the outline does not have is kept as it is: `resolve` reports
    it. Of two steps with one key the first is meant; validation reports the second. With `keep_keys` every key is an
    id, as in the next version of a plan whose ids are its author's own.
    """
    numbered = [TaskId(step.key) for step in outline.steps] if keep_keys else _numbered(outline, plan_id)
    ids: dict[str, TaskId] = {}
    for step, task_id in zip(outline.steps, numbered, strict=True):
        ids.setdefault(step.key, task_id)
    return [
        _task(step, plan_id, task_id, number, ids, now)
        for number, (step, task_id) in enumerate(zip(outline.steps, numbered, strict=True), start=1)
    ]


def outline_of(tasks: Sequence[Task], origin: Origin, *, title: str = "", reasoning: str = "") -> Outline:
    """The tasks as an outline whose keys are their ids: the way back, for edits, templates and replanning."""
    return Outline(title=title, origin=origin, reasoning=reasoning, steps=[_step_of(task) for task in tasks])


def _numbered(outline: Outline, plan_id: str) -> list[TaskId]:
    prefix = task_id_of(plan_id, 0)[:-1]
    taken = {
        int(step.key[len(prefix) :])
        for step in outline.steps
        if step.key.startswith(prefix) and step.key[len(prefix) :].isdecimal()
    }
    if not taken:
        return [task_id_of(plan_id, number) for number in range(1, len(outline.steps) + 1)]
    fresh = itertools.count(max(taken) + 1)
    return [
        TaskId(step.key)
        if step.key.startswith(prefix) and step.key[len(prefix) :].isdecimal()
        else task_id_of(plan_id, next(fresh))
        for step in outline.steps
    ]


def _step_of(task: Task) -> OutlineStep:
    return OutlineStep(
        key=task.task_id,
        name=task.name,
        description=task.description,
        task_type=task.task_type,
        category=task.category,
        phase=task.phase,
        tool=task.tool,
        depends_on=[
            OutlineDependency(
                key=other.task_id,
                kind=other.kind,
                condition=other.condition,
                output=other.output,
                input=other.input,
                order_only=other.order_only,
            )
            for other in task.dependencies
        ],
        inputs=task.inputs,
        success_criteria=task.success_criteria,
        required_capabilities=task.required_capabilities,
        alternatives=task.alternatives,
        excluded_agents=task.excluded_agents,
        condition=task.condition,
        compensation=task.compensation,
        retry_policy=task.retry_policy,
        timeout_seconds=task.timeout_seconds,
        optional=task.optional,
        irreversible=task.irreversible,
        **_given_needs(task.resource_estimate),
    )


def _given_needs(estimate: ResourceEstimate | None) -> dict[str, Any]:
    """What somebody said that the task needs, without what estimation put beside it."""
    if estimate is None or not estimate.basis.startswith(GIVEN):
        return {}
    given = estimate.basis.removesuffix(PRICED)
    beside = {"cost"} if given != estimate.basis else set()
    names = _NEEDS if given == GIVEN else _NEEDS[1:]
    return {
        name: value for name in names if name not in beside and (value := getattr(estimate, name)) not in (NOTHING, 0.0)
    }


def _task(step: OutlineStep, plan_id: str, task_id: str, number: int, ids: dict[str, TaskId], now: datetime) -> Task:
    fields: dict[str, Any] = {name: getattr(step, name) for name in _SHARED}
    if step.retry_policy is not None:
        fields["retry_policy"] = step.retry_policy
    return Task(
        task_id=task_id,
        plan_id=plan_id,
        dependencies=[_dependency(dependency, ids) for dependency in step.depends_on],
        inputs=rebind(step.inputs, ids) if step.inputs else {},
        resource_estimate=_estimate(step),
        condition=renamed(step.condition, ids) if step.condition else None,
        compensation=_undoing(step.compensation, ids),
        sequence_order=number,
        created_at=now,
        **fields,
    )


_SHARED = (
    "name", "description", "task_type", "category", "phase", "tool", "timeout_seconds", "required_capabilities",
    "alternatives", "excluded_agents", "success_criteria", "optional", "irreversible",
)  # fmt: skip
"""The fields that a step hands to its task as they are."""


def _undoing(compensation: Compensation | None, ids: dict[str, TaskId]) -> Compensation | None:
    if compensation is None or not compensation.inputs:
        return compensation
    return compensation.model_copy(update={"inputs": rebind(compensation.inputs, ids)})


def _dependency(dependency: OutlineDependency, ids: dict[str, TaskId]) -> TaskDependency:
    return TaskDependency(
        task_id=ids.get(dependency.key, TaskId(dependency.key)),
        kind=dependency.kind,
        condition=dependency.condition,
        output=dependency.output,
        input=dependency.input,
        order_only=dependency.order_only,
    )


_NEEDS = ("duration", "tokens", "cost", "cpu_cores", "memory_mb")
"""The fields that a step and an estimate share; the duration first, for which estimation finds one if it lacks."""


def _estimate(step: OutlineStep) -> ResourceEstimate | None:
    given = {name: value for name in _NEEDS if (value := getattr(step, name)) not in (None, 0.0)}
    return ResourceEstimate(**given, basis=GIVEN) if given else None


def rebind(value: Any, ids: dict[str, TaskId]) -> Any:
    """`value` with every `${KEY.output…}` naming the task id instead of the key; any JSON shape."""
    if isinstance(value, str):
        return BINDING.sub(lambda found: _renamed(found, ids), value) if "${" in value else value
    if isinstance(value, list):
        return [rebind(item, ids) for item in value]
    if isinstance(value, dict):
        return {key: rebind(item, ids) for key, item in value.items()}
    return value


def _renamed(found: re.Match[str], ids: dict[str, TaskId]) -> str:
    task_id = ids.get(found[1], found[1])
    return f"${{{task_id}.output.{found[2]}}}" if found[2] else f"${{{task_id}.output}}"
