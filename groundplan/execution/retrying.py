"""Whether a failed attempt is repeated, and when."""

from __future__ import annotations

import random
from datetime import datetime

from groundplan.domain.errors import PlanningError
from groundplan.domain.ledger import TaskState
from groundplan.domain.task import RetryPolicy

_MISTAKES = (TypeError, ValueError, LookupError, AttributeError, NotImplementedError, AssertionError)
"""What repeating does not mend, unless the policy names it."""


def is_retried(policy: RetryPolicy, attempt: int, error: BaseException) -> bool:
    """Whether attempt `attempt` (from 1) that ended in `error` is followed by another.

    `retry_on` names error codes or exception types, also inherited ones. If it is empty, a `PlanningError` says itself
    whether it is retryable, and any other exception is unless it looks like a mistake in the call.
    """
    if attempt >= policy.attempts or (isinstance(error, PlanningError) and error.details.get("effect") == "done"):
        return False  # what was done is not done again because its output cannot be kept
    if policy.retry_on:
        return not names_of(error).isdisjoint(policy.retry_on)
    if isinstance(error, PlanningError):
        return error.retryable
    return not isinstance(error, _MISTAKES)


def is_ambiguous(error: BaseException) -> bool:
    """Whether the effect may have happened although the call says that it failed: an answer that did not come."""
    lost = isinstance(error, TimeoutError | ConnectionResetError | ConnectionAbortedError | BrokenPipeError)
    late = any("Timeout" in kind.__name__ and "Connect" not in kind.__name__ for kind in type(error).__mro__)
    return (lost or late) and not isinstance(error, PlanningError)


def names_of(error: BaseException) -> set[str]:
    """What `retry_on` may call this error."""
    names = {kind.__name__ for kind in type(error).__mro__}
    return names | {error.code.value, error.code.name} if isinstance(error, PlanningError) else names


def left_to_wait(state: TaskState, now: datetime) -> float:
    """Seconds until the next attempt, of those that the ledger promises; never more, whatever the clock did."""
    told = float(state.records[-1].get("retry_in_seconds", 0.0)) if state.records else 0.0
    passed = (now - state.ended_at).total_seconds() if state.ended_at else 0.0
    return max(0.0, min(told, told - passed))


def delay_before(policy: RetryPolicy, attempt: int, rng: random.Random) -> float:
    """Seconds to wait after failed attempt `attempt`: exponential backoff, spread by ± jitter."""
    base = min(policy.backoff_seconds * policy.backoff_factor ** (attempt - 1), policy.max_backoff_seconds)
    return max(0.0, base * (1 + policy.jitter * rng.uniform(-1, 1)))
