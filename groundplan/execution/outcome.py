"""What one attempt came to, and what an exception says about its effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.execution import Usage
from groundplan.domain.ledger import EntryKind
from groundplan.execution.protocols import Declaration, InDoubtError, Produced

_NOTHING_USED = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of an attempt: what goes into the ledger, and the error as it was for whoever decides about a retry.

    `written` says that the outcome is in the ledger already, because the effect's transaction wrote it.
    """

    kind: EntryKind
    output: Any = None
    usage: Usage = _NOTHING_USED
    record: Mapping[str, Any] = field(default_factory=dict)
    error: BaseException | None = None
    retry_in: float | None = None
    written: bool = False


def completed(produced: Produced) -> Outcome:
    """The attempt did its work."""
    return Outcome(kind=EntryKind.COMPLETED, output=produced.output, usage=produced.usage, record=produced.record)


def failed(error: BaseException) -> Outcome:
    """The attempt says that it has had no effect."""
    return Outcome(kind=EntryKind.FAILED, error=error)


def in_doubt(why: str) -> Outcome:
    """Nobody knows whether the attempt has had its effect."""
    return Outcome(kind=EntryKind.IN_DOUBT, error=InDoubtError(why))


def cut_off(error: BaseException, declaration: Declaration) -> Outcome:
    """An attempt that was stopped in the middle: failed if repeating it is harmless, else in doubt."""
    if declaration.idempotent or declaration.transactional:
        return failed(error)
    return Outcome(kind=EntryKind.IN_DOUBT, error=error)


def described(error: BaseException) -> dict[str, Any]:
    """An error as JSON: code, message, what to do, the type of a foreign one."""
    if isinstance(error, PlanningError):
        return error.to_dict()
    text = str(error)[:2_000]
    return {
        "code": ErrorCode.TASK_FAILED.value,
        "type": type(error).__name__,
        "message": f"{type(error).__name__}: {text}" if text else type(error).__name__,
        "recovery_suggestion": "Look at what the task was given, mend its tool, then resume or replan.",
        "retryable": False,
        "details": {},
    }


def timed_out(seconds: float) -> PlanningError:
    """The error of an attempt that took longer than it may."""
    return PlanningError(
        ErrorCode.TASK_TIMED_OUT,
        f"The task took longer than its {seconds:g} s",
        details={"timeout_seconds": seconds},
        recovery_suggestion="Give it more time (timeout_seconds), or find out what it waits for.",
        retryable=True,
    )
