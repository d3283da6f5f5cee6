"""What one attempt came to, and what an exception says about its effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.execution import Usage
from groundplan.domain.ledger import EntryKind
from groundplan.execution.executors.json_output import as_json
from groundplan.execution.protocols import Declaration, InDoubtError, Produced
from groundplan.execution.work import Masks

_NOTHING_USED = Usage()
_KEPT_TEXT = 2_000
_KEPT_DETAIL = 64_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of an attempt: what goes into the ledger, and the error as it was for whoever decides about a retry.

    `written` says that the outcome is in the ledger already, because the effect's transaction wrote it. `told` is the
    error as it may be kept, if that is not the error itself.
    """

    kind: EntryKind
    output: Any = None
    usage: Usage = _NOTHING_USED
    record: Mapping[str, Any] = field(default_factory=dict)
    error: BaseException | None = None
    told: dict[str, Any] | None = None
    retry_in: float | None = None
    written: bool = False


def completed(produced: Produced, limit_bytes: int) -> Outcome:
    """The attempt did its work.

    Raises:
        PlanningError: E5210 or E5211 if the ledger cannot keep what it gave, whoever's executor it came from.
    """
    output = as_json(produced.output, limit_bytes)
    record = as_json(produced.record, limit_bytes) if produced.record else {}
    return Outcome(kind=EntryKind.COMPLETED, output=output, usage=produced.usage, record=record)


def failed(error: BaseException) -> Outcome:
    """The attempt says that it has had no effect."""
    return Outcome(kind=EntryKind.FAILED, error=error)


def in_doubt(why: str) -> Outcome:
    """Nobody knows whether the attempt has had its effect."""
    return Outcome(kind=EntryKind.IN_DOUBT, error=InDoubtError(why))


def cut_off(error: BaseException, declaration: Declaration) -> Outcome:
    """An attempt that was stopped in the middle: failed if repeating it is harmless, else in doubt.

    Harmless it is by the same tool with the same key; the error says that the effect may have happened (`effect`), so
    that nothing else is done in its place.
    """
    if declaration.pure or declaration.transactional:
        return failed(error)
    if declaration.idempotent:
        return Outcome(kind=EntryKind.FAILED, error=error, told=_maybe(described(error)))
    return Outcome(kind=EntryKind.IN_DOUBT, error=error)


def _maybe(told: dict[str, Any]) -> dict[str, Any]:
    return told | {"details": {**told.get("details", {}), "effect": "maybe"}}


def masked(outcome: Outcome, masks: Masks | None) -> Outcome:
    """The outcome with every secret that its effect was given made unreadable."""
    if masks is None:
        return outcome
    told = masks.mask(described(outcome.error)) if outcome.error is not None else None
    return replace(outcome, output=masks.mask(outcome.output), record=masks.mask(dict(outcome.record)), told=told)


def described(error: BaseException) -> dict[str, Any]:
    """An error as JSON that every store takes: code, message, what to do, the type of a foreign one."""
    if isinstance(error, PlanningError):
        return error.to_dict() | {"message": storable(error.message), "details": _details(error.details)}
    text = storable(_words(error))
    return {
        "code": ErrorCode.TASK_FAILED.value,
        "type": type(error).__name__,
        "message": f"{type(error).__name__}: {text}" if text else type(error).__name__,
        "recovery_suggestion": "Look at what the task was given, mend its tool, then resume or replan.",
        "retryable": False,
        "details": {},
    }


def storable(text: str, length: int = _KEPT_TEXT) -> str:
    """The beginning of a text, with what no store takes (NUL bytes, half surrogate pairs) written as escapes."""
    return text[:length].encode(errors="backslashreplace").decode().replace("\x00", "\\x00")


def _words(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001  # an error that cannot say what it is has still happened
        return "it cannot be put into words"


def _details(details: Mapping[str, Any]) -> dict[str, Any]:
    return {storable(str(name)): _detail(value) for name, value in details.items()}


def _detail(value: Any) -> Any:
    try:
        return as_json(value, _KEPT_DETAIL)
    except PlanningError as error:
        is_long = error.code is ErrorCode.OUTPUT_TOO_LARGE
        return "too long to be kept" if is_long else storable(repr(value))


def timed_out(seconds: float) -> PlanningError:
    """The error of an attempt that took longer than it may."""
    return PlanningError(
        ErrorCode.TASK_TIMED_OUT,
        f"The task took longer than its {seconds:g} s",
        details={"timeout_seconds": seconds},
        recovery_suggestion="Give it more time (timeout_seconds), or find out what it waits for.",
        retryable=True,
    )
