"""What the exit code of a command says.

0    fine                                     3    the plan does not hold
1    something unexpected                     4    a service that is needed is missing
2    the input is refused                     5    the plan was run and failed, or was cancelled
6    it waits for a person, or is not over    130  stopped by Ctrl-C
"""

from __future__ import annotations

from enum import IntEnum

from groundplan.domain.errors import ErrorCode


class ExitCode(IntEnum):
    """The exit codes of `groundplan`."""

    FINE = 0
    UNEXPECTED = 1
    REFUSED_INPUT = 2
    INVALID_PLAN = 3
    SERVICE_MISSING = 4
    PLAN_FAILED = 5
    WAITS = 6
    INTERRUPTED = 130


_REFUSED = {
    ErrorCode.PLAN_NOT_FOUND,
    ErrorCode.GOAL_NOT_FOUND,
    ErrorCode.PLACE_NOT_FOUND,
    ErrorCode.GOAL_REFUSED,
    ErrorCode.TEMPLATE_INVALID,
    ErrorCode.APPROVAL_CONFLICT,
    ErrorCode.NOT_IN_PLAN,
    ErrorCode.ILLEGAL_TRANSITION,
    ErrorCode.ACCESS_DENIED,
    ErrorCode.FINISHED_TASK_CHANGED,
    ErrorCode.STORE_CONFLICT,
    ErrorCode.RUN_CONFLICT,
    ErrorCode.STORE_REJECTED,
    ErrorCode.SETTINGS_INVALID,
}
_INVALID = {
    ErrorCode.DECOMPOSITION_FAILED,
    ErrorCode.MODEL_ANSWER_UNUSABLE,
    ErrorCode.MODEL_ANSWER_CUT_OFF,
    ErrorCode.MODEL_BUDGET_EXCEEDED,
    ErrorCode.DEPENDENCY_CYCLE,
    ErrorCode.DEPENDENCY_MISSING,
    ErrorCode.BINDING_INVALID,
    ErrorCode.CONDITION_INVALID,
    ErrorCode.CONDITION_UNDECIDED,
    ErrorCode.OUTPUT_INVALID,
    ErrorCode.OUTPUT_TOO_LARGE,
    ErrorCode.ARGUMENTS_INVALID,
    ErrorCode.RESOURCE_EXCEEDED,
    ErrorCode.ALLOCATION_CONFLICT,
    ErrorCode.ALLOCATION_NOT_FOUND,
    ErrorCode.CURRENCY_MIXED,
    ErrorCode.VALIDATION_FAILED,
    ErrorCode.SIGNATURE_MISMATCH,
    ErrorCode.NO_CAPABLE_AGENT,
}
_MISSING = {
    ErrorCode.CACHE_FAILED,
    ErrorCode.NO_DECOMPOSER,
    ErrorCode.MODEL_UNAVAILABLE,
    ErrorCode.MODEL_TIMEOUT,
    ErrorCode.STORE_UNAVAILABLE,
    ErrorCode.SIGNING_KEY_MISSING,
    ErrorCode.SECRET_UNAVAILABLE,
    ErrorCode.EMBEDDED_FAILED,
    ErrorCode.SCHEMA_MISMATCH,
    ErrorCode.NO_EXECUTOR,
    ErrorCode.RESOURCES_UNAVAILABLE,
    ErrorCode.RESOURCE_ANSWER_UNUSABLE,
}

_FAILED = {ErrorCode.EXECUTION_FAILED, ErrorCode.NOT_RECORDED, ErrorCode.TASK_FAILED, ErrorCode.TASK_TIMED_OUT}

EXIT_CODES: dict[ErrorCode, ExitCode] = (
    dict.fromkeys(_REFUSED, ExitCode.REFUSED_INPUT)
    | dict.fromkeys(_INVALID, ExitCode.INVALID_PLAN)
    | dict.fromkeys(_MISSING, ExitCode.SERVICE_MISSING)
    | dict.fromkeys(_FAILED, ExitCode.PLAN_FAILED)
)
"""The exit code of every error code; a test holds that none is left out."""
