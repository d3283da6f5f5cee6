"""What can go wrong, as one enum of codes and one exception type.

    PlanningError(code, message, details, recovery_suggestion, retryable)

    E50xx  cache, retrieval, refused goal text      E55xx  resources
    E51xx  decomposition, models, templates         E56xx  validation
    E52xx  orchestration, state machine, approval   E57xx  monitoring
    E53xx  dependencies                             E58xx  persistence, signatures, services
    E54xx  context: bindings, secrets, access       E59xx  agents

The message says what happened, `recovery_suggestion` what to do next, `details` carries the data.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class ErrorCode(StrEnum):
    """Every code that groundplan raises. The comment is the row of the table in docs/errors.md."""

    CACHE_FAILED = "E5000"  # a cache could not be read or written
    PLAN_NOT_FOUND = "E5002"  # no plan of this id (or version)
    GOAL_NOT_FOUND = "E5003"  # no goal or run of this id
    GOAL_REFUSED = "E5004"  # goal text broke a rule of the sanitizer
    PLACE_NOT_FOUND = "E5005"  # a run's history has no such checkpoint, entry or task
    DECOMPOSITION_FAILED = "E5100"  # the goal could not be broken down
    NO_DECOMPOSER = "E5101"  # no template matched and there is no model
    MODEL_UNAVAILABLE = "E5102"  # the model's server or the model itself is not there
    MODEL_TIMEOUT = "E5103"  # the model did not answer in time
    MODEL_ANSWER_UNUSABLE = "E5104"  # the answer was no plan, even after repair
    MODEL_ANSWER_CUT_OFF = "E5105"  # the answer ended before it was complete
    MODEL_BUDGET_EXCEEDED = "E5106"  # the bound on calls or tokens was reached
    TEMPLATE_INVALID = "E5107"  # a template file does not hold together
    EXECUTION_FAILED = "E5200"  # the plan failed; details["result"] is the PlanResult
    NO_EXECUTOR = "E5201"  # nobody can run a task
    APPROVAL_CONFLICT = "E5202"  # the plan does not wait for this decision
    ILLEGAL_TRANSITION = "E5203"  # the state machine does not allow this step
    FINISHED_TASK_CHANGED = "E5204"  # a replan touches a task that has had its effect, or may have
    RUN_CONFLICT = "E5205"  # another runner holds the run, or another run of the plan is open
    TASK_TIMED_OUT = "E5206"  # a task took longer than its timeout
    TASK_FAILED = "E5207"  # the work of a task raised an error
    NOT_IN_PLAN = "E5208"  # the plan has no task, issue or risk of this id
    OUTPUT_INVALID = "E5210"  # what a task gave is no JSON
    OUTPUT_TOO_LARGE = "E5211"  # what a task gave is over the limit
    ARGUMENTS_INVALID = "E5212"  # the inputs do not fit what the task's tool or callable takes
    NOT_RECORDED = "E5213"  # a rerun needs an effect or answer that was not recorded, and is not released
    DEPENDENCY_CYCLE = "E5301"  # tasks wait for each other; details["cycle"] is the path
    DEPENDENCY_MISSING = "E5302"  # a dependency names no task of the plan
    BINDING_INVALID = "E5400"  # an input binding names no output that can exist
    SECRET_UNAVAILABLE = "E5401"  # noqa: S105  # a secret is not there, or cannot be read
    CONDITION_INVALID = "E5402"  # a condition is no CEL, or reads what is not there
    ACCESS_DENIED = "E5403"  # a task must not use this tool or secret
    CONDITION_UNDECIDED = "E5404"  # a condition gives neither true nor false for these outcomes
    RESOURCE_EXCEEDED = "E5500"  # the plan needs more than there is
    RESOURCES_UNAVAILABLE = "E5501"  # whoever grants resources does not answer
    RESOURCE_ANSWER_UNUSABLE = "E5502"  # what the resource service answers makes no sense
    ALLOCATION_CONFLICT = "E5503"  # the id of an allocation is taken by another request, or was released
    ALLOCATION_NOT_FOUND = "E5504"  # no allocation of this id is held
    CURRENCY_MIXED = "E5505"  # amounts in two currencies, and no rate between them
    VALIDATION_FAILED = "E5600"  # the plan is invalid; details["errors"] lists all findings
    STORE_UNAVAILABLE = "E5800"  # Postgres cannot be reached
    SIGNATURE_MISMATCH = "E5801"  # a stored plan is not what was signed
    SIGNING_KEY_MISSING = "E5802"  # the key a plan was signed with is not configured
    STORE_CONFLICT = "E5803"  # the same id with other content, or a stale version
    EMBEDDED_FAILED = "E5804"  # the embedded server cannot be started
    SCHEMA_MISMATCH = "E5805"  # the database's schema is newer than this code
    SETTINGS_INVALID = "E5806"  # a setting cannot be used
    STORE_REJECTED = "E5807"  # Postgres refused a value (a NUL byte, too large …)
    NO_CAPABLE_AGENT = "E5900"  # no agent offers what a task requires


_RETRYABLE = {
    ErrorCode.CACHE_FAILED,
    ErrorCode.MODEL_UNAVAILABLE,
    ErrorCode.MODEL_TIMEOUT,
    ErrorCode.STORE_UNAVAILABLE,
    ErrorCode.RESOURCES_UNAVAILABLE,
}


class PlanningError(Exception):
    """The one exception type that groundplan raises on purpose.

    Attributes:
        code: which kind of failure, see `ErrorCode`.
        message: one sentence, what happened.
        details: JSON-compatible data about it.
        recovery_suggestion: one sentence, what to do next.
        retryable: whether the same call may succeed later, unchanged.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        details: dict[str, Any] | None = None,
        recovery_suggestion: str = "",
        retryable: bool | None = None,
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.details = details or {}
        self.recovery_suggestion = recovery_suggestion
        self.retryable = code in _RETRYABLE if retryable is None else retryable

    def __str__(self) -> str:
        return f"{self.code.value}: {self.message}"

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> PlanningError:
        """The error that `to_dict` described."""
        return cls(
            ErrorCode(fields["code"]),
            fields["message"],
            details=fields["details"],
            recovery_suggestion=fields["recovery_suggestion"],
            retryable=fields["retryable"],
        )

    def to_dict(self) -> dict[str, Any]:
        """The error as a JSON-compatible object: code, message, details, recovery_suggestion, retryable."""
        return {
            "code": self.code.value,
            "message": self.message,
            "details": self.details,
            "recovery_suggestion": self.recovery_suggestion,
            "retryable": self.retryable,
        }
