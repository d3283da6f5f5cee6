"""How much a task may give back, and how long it may take to stop."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorLimits:
    """Limits of one attempt at one task.

    Attributes:
        output_bytes: the size of an output as compact JSON in UTF-8, escapes not counted.
        grace_seconds: how long work that was told to stop is waited for before it is called in doubt.
    """

    output_bytes: int = 1_000_000
    grace_seconds: float = 2.0

    def __post_init__(self) -> None:
        if self.output_bytes < 1 or self.grace_seconds < 0:
            raise ValueError(f"output_bytes has to be at least 1 and grace_seconds at least 0, got {self}")
