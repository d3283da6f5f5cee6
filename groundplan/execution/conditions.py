"""Conditions in CEL (the Common Expression Language): compiled once, evaluated over earlier outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import cel

from groundplan.domain.errors import ErrorCode, PlanningError


class Condition:
    """A compiled condition."""

    def __init__(self, text: str, program: Any) -> None:
        self.text = text
        self._program = program

    def holds(self, variables: Mapping[str, Any]) -> bool:
        """Whether it holds for these variables.

        Raises:
            PlanningError: E5400 if it cannot be decided, or is no yes or no.
        """
        try:
            value = self._program.execute(dict(variables))
        except Exception as error:  # the library raises builtins of every kind
            raise _undecided(self.text, str(error)) from error
        if not isinstance(value, bool):
            raise _undecided(self.text, f"it gives {type(value).__name__}, not true or false")
        return value


@lru_cache(maxsize=4096)
def compile_condition(text: str) -> Condition:
    """The condition, ready to be evaluated. Raises PlanningError E5400 for one that does not compile."""
    try:
        return Condition(text, cel.compile(text))
    except Exception as error:  # the library raises builtins of every kind
        raise _undecided(text, str(error).splitlines()[0]) from error


def _undecided(text: str, why: str) -> PlanningError:
    return PlanningError(
        ErrorCode.BINDING_INVALID,
        f"The condition {text!r} cannot be decided: {why}",
        details={"condition": text},
        recovery_suggestion="Write it in CEL over `status`, `output` and `error`, and guard fields with has(…).",
    )
