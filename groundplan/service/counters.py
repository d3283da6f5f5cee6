"""What one service has done since it started, as plain numbers."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.plan import ExecutionPlan


class Counters:
    """Counts goals, plans and failures of one service."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._strategies: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._started = time.monotonic()

    def received(self) -> None:
        """A goal came in."""
        self._counts["goals_received"] += 1

    def planned(self, plan: ExecutionPlan) -> None:
        """A goal became a plan."""
        self._counts["plans_created"] += 1
        self._counts["validations_total"] += plan.metadata.attempts
        self._counts["cache_hits"] += plan.metadata.cache_hit
        self._counts["model_calls"] += plan.metadata.calls
        self._counts["model_tokens"] += plan.metadata.tokens
        self._strategies[plan.metadata.strategy] += 1

    def failed(self, error: PlanningError) -> None:
        """A goal became none."""
        self._errors[error.code.value] += 1
        if error.code is ErrorCode.VALIDATION_FAILED:
            self._counts["validations_total"] += 1
            self._counts["validation_errors"] += 1

    def as_dict(self, cache: dict[str, float]) -> dict[str, Any]:
        """The numbers under the names that `PlanningService.get_stats` documents."""
        counts = self._counts
        return {
            "service": {
                "goals_received": counts["goals_received"],
                "plans_created": counts["plans_created"],
                "planning_failures": self._errors.total(),
                "errors_by_code": dict(self._errors),
                "uptime_seconds": time.monotonic() - self._started,
            },
            "decomposer": {
                "cache_hits": counts["cache_hits"],
                "by_strategy": dict(self._strategies),
                "model_calls": counts["model_calls"],
                "model_tokens": counts["model_tokens"],
            },
            "cache": cache,
            "validator": {
                "validations_total": counts["validations_total"],
                "validation_errors": counts["validation_errors"],
            },
        }
