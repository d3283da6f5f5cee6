"""Refusing inputs that the code behind a task does not take, before anything happens."""

from __future__ import annotations

from collections.abc import Mapping

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.execution.protocols import TaskCall

RESERVED = frozenset({"idempotency_key", "connection"})
"""Parameters that are filled by the executor. A plan may not give inputs of these names to a tool that has them."""


def refused(call: TaskCall, problems: Mapping[str, str]) -> PlanningError:
    """E5212 for inputs that do not fit, as {argument: why}. No value is told: it may be a secret."""
    told = "; ".join(f"{name}: {why}" for name, why in sorted(problems.items()))
    return PlanningError(
        ErrorCode.ARGUMENTS_INVALID,
        f"Task {call.task.task_id!r} has inputs that {call.task.tool or call.task.name!r} does not take: {told}",
        details={"task_id": call.task.task_id, "tool": call.task.tool, "problems": dict(problems)},
        recovery_suggestion="Correct the task's inputs, or the output that they are bound to.",
    )
