"""Domain objects as rows of the tables, and back; what comes back equals what went in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from groundplan.domain.approval import Approval
from groundplan.domain.diff import PlanDiff
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.events import Event
from groundplan.domain.goal import Goal
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.risk import Risk
from groundplan.domain.runs import PlanningRun
from groundplan.domain.task import Task
from groundplan.stores.postgres.writes import Row

_GOAL_COLUMNS = {"goal_id", "agent_did", "goal_text", "status", "created_at"}
_PLAN_COLUMNS = {
    "plan_id", "version", "goal_id", "agent_did", "goal_text", "status", "created_at", "updated_at", "validated_at",
    "execution_started_at", "completed_at", "signature", "tasks",
}  # fmt: skip
_RUN_COLUMNS = ("status", "attempts", "assigned_agent", "started_at", "completed_at", "outputs", "error")
"""The fields of a task that a run changes: columns of their own, in the order in which `get_plan` has them."""

_EVENTS = TypeAdapter(list[Event])
_TASKS = TypeAdapter(list[Task])
_PROGRESS = TypeAdapter(dict[str, Task])
_RISKS = TypeAdapter(list[Risk])


def goal_row(goal: Goal, run: PlanningRun, events: Sequence[Event]) -> Row:
    """A row for `receive_goals`."""
    return (
        goal.goal_id, goal.agent_did, goal.goal_text, goal.status.value, goal.created_at,
        as_json(goal, _GOAL_COLUMNS), run.run_id, run.mode.value, run.created_at, events_json(events),
    )  # fmt: skip


def plan_row(
    plan: ExecutionPlan,
    events: Sequence[Event],
    reason: str,
    diff: PlanDiff | None,
    approval: Approval | None,
    decided: Approval | None = None,
    expects: PlanStatus | None = None,
) -> Row:
    """A row for `commit_plans`."""
    signature = plan.signature
    return (
        plan.plan_id, plan.version, plan.goal_id, plan.agent_did, plan.goal_text, plan.status.value,
        len(plan.tasks), plan.created_at,
        plan.updated_at, plan.validated_at, plan.execution_started_at, plan.completed_at,
        plan.updated_at or plan.created_at,
        signature.key_id if signature else None, signature.value if signature else None, reason,
        as_json(diff) if diff else None, as_json(plan, _PLAN_COLUMNS), _specs(plan), _progress(plan.tasks),
        as_json(approval) if approval else None, as_json(decided) if decided else None,
        expects.value if expects else None, events_json(events),
    )  # fmt: skip


def plan_from(row: Mapping[str, Any]) -> ExecutionPlan:
    """The plan in a row of `get_plan`.

    Raises:
        PlanningError: E5801 if the stored data is no plan: somebody changed it by hand.
    """
    fields = {name: row[name] for name in _PLAN_COLUMNS - {"signature", "tasks"}}
    if row["signature"] is not None:
        fields["signature"] = {"key_id": row["signing_key"], "value": row["signature"]}
    if row["risks"] is not None:
        fields["risks"] = row["risks"]
    try:
        tasks = [_task_fields(row["plan_id"], *task) for task in row["tasks"] or ()]
        return ExecutionPlan.model_validate(row["details"] | fields | {"tasks": tasks})
    except (ValidationError, TypeError) as error:
        raise _altered(row["plan_id"], row["version"], error) from error


def risks_from(value: Any, plan_id: str, version: int) -> list[Risk]:
    """The risks in a row of `lock_risks`. Raises PlanningError E5801 if they are none."""
    try:
        return _RISKS.validate_python(value)
    except ValidationError as error:
        raise _altered(plan_id, version, error) from error


def risks_json(risks: Sequence[Risk]) -> bytes:
    """The risks as JSON, defaults left out."""
    with _unwritable():
        return _RISKS.dump_json(list(risks), exclude_defaults=True, round_trip=True)


def _altered(plan_id: str, version: int, error: Exception) -> PlanningError:
    return PlanningError(
        ErrorCode.SIGNATURE_MISMATCH,
        f"Plan {plan_id!r} version {version} is not what was stored",
        details={"plan_id": plan_id, "version": version, "errors": str(error).splitlines()[:9]},
        recovery_suggestion="Somebody changed it outside groundplan: look at the database, then plan again.",
    )


def goal_from(row: Mapping[str, Any]) -> Goal:
    """The goal in a row of `get_goal`, its error under `metadata["error"]`."""
    fields = row["details"] | {name: row[name] for name in _GOAL_COLUMNS}
    if row["error"] is not None:
        fields["metadata"] = fields.get("metadata", {}) | {"error": row["error"]}
    return Goal.model_validate(fields)


def approval_from(row: Mapping[str, Any]) -> Approval:
    """The request for approval in a row of `get_approval`."""
    return Approval.model_validate(row)


def event_from(row: Mapping[str, Any]) -> Event:
    """The event in a row of `read_events`."""
    return Event.model_validate({name: value for name, value in row.items() if value is not None})


def as_json(value: BaseModel, exclude: set[str] | None = None) -> bytes:
    """A domain object as JSON, defaults left out.

    Raises:
        PlanningError: E5807 for what JSON does not have.
    """
    with _unwritable():
        return value.model_dump_json(exclude=exclude, exclude_defaults=True, round_trip=True).encode()


def events_json(events: Sequence[Event]) -> bytes:
    """The events as one JSON array, without ids: those are the database's to give."""
    with _unwritable():
        return _EVENTS.dump_json(
            list(events), exclude={"__all__": {"event_id"}}, exclude_defaults=True, round_trip=True
        )


def _specs(plan: ExecutionPlan) -> bytes:
    """What was planned of each task. The plan's own id goes without saying; if a task has another, all is said."""
    own = all(task.plan_id == plan.plan_id for task in plan.tasks)
    left_out = {*_RUN_COLUMNS, "plan_id"} if own else {*_RUN_COLUMNS}
    with _unwritable():
        return _TASKS.dump_json(plan.tasks, exclude={"__all__": left_out}, exclude_defaults=own, round_trip=True)


def _progress(tasks: Sequence[Task]) -> bytes | None:
    """What a run has changed in tasks already (a later version keeps it), by task id; None if nothing."""
    begun = {task.task_id: task for task in tasks if not task.model_fields_set.isdisjoint(_RUN_COLUMNS)}
    return progress_json(begun) if begun else None


def progress_json(tasks: Mapping[str, Task]) -> bytes:
    """The fields that a run changes, by task id."""
    with _unwritable():
        return _PROGRESS.dump_json(dict(tasks), include={"__all__": {*_RUN_COLUMNS}}, exclude_defaults=True)


def _task_fields(plan_id: str, spec: dict[str, Any], *changed: Any) -> dict[str, Any]:
    run = {name: value for name, value in zip(_RUN_COLUMNS, changed, strict=True) if value is not None}
    return {"plan_id": plan_id} | spec | run


@contextmanager
def _unwritable() -> Iterator[None]:
    try:
        yield
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        raise PlanningError(
            ErrorCode.STORE_REJECTED,
            f"A value cannot be stored as JSON: {error}",
            recovery_suggestion="Take out what JSON does not have: lone surrogates, bytes, objects.",
        ) from error
