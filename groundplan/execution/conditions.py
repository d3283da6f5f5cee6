"""Whether a condition holds over the outcomes of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundplan.domain.conditions import compile_condition


def holds(condition: str, variables: Mapping[str, Any]) -> bool:
    """Decide a condition in CEL. Raises PlanningError E5402 or E5404 if it cannot be."""
    return compile_condition(condition).holds(variables)
