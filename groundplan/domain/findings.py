"""What validation found: all of it at once, each with its place and code."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field, computed_field, model_validator

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.frozen import Frozen


class Level(StrEnum):
    """`syntax`: format and types. `semantics`: tools, inputs, dependencies. `feasibility`: resources, deadline."""

    SYNTAX = "syntax"
    SEMANTICS = "semantics"
    FEASIBILITY = "feasibility"


class Finding(Frozen):
    """One thing that is wrong (or, among the warnings, doubtful). `path` is like `tasks[3].tool`.

    `constraints` are those that cannot hold together, where it is that: without any one of them the others can.
    """

    code: ErrorCode
    level: Level
    path: str
    message: str
    suggestion: str = ""
    constraints: list[str] = Field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.path}: {self.message} ({self.code.value})"


class ValidationResult(Frozen):
    """`valid` is true when there are no errors; warnings do not count."""

    errors: list[Finding] = Field(default_factory=list)
    warnings: list[Finding] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _without_valid(cls, data: Any) -> Any:
        """`valid` follows from the errors; a dumped result, which carries it, can be read again."""
        if not isinstance(data, dict) or "valid" not in data:
            return data
        if data["valid"] is bool(data.get("errors")):
            raise ValueError("'valid' contradicts 'errors'")
        return {name: value for name, value in data.items() if name != "valid"}

    @computed_field  # type: ignore[prop-decorator]  # pydantic's documented use
    @property
    def valid(self) -> bool:
        return not self.errors

    def raise_if_invalid(self, *, tried: list[str] | None = None) -> None:
        """Raises E5600 with every finding in `details["errors"]` unless the plan is valid."""
        if self.valid:
            return
        first, more = self.errors[0], len(self.errors) - 1
        raise PlanningError(
            ErrorCode.VALIDATION_FAILED,
            f"The plan is invalid: {first}" + (f" and {more} more" if more else ""),
            details={
                "errors": [finding.model_dump(mode="json") for finding in self.errors],
                "tried": tried or [],
            },
            recovery_suggestion=first.suggestion or "Mend the errors in details['errors'] and plan again.",
        )
