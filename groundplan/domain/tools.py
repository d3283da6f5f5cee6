"""A tool as planning sees it: its name, what it is for, what it takes, and what it may do to the world."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from groundplan.domain.frozen import Frozen
from groundplan.domain.task import TOOL_PATTERN


class ToolSpec(Frozen):
    """A tool that plans may use. `arguments` is the JSON Schema of its arguments ({} if unknown).

    `idempotent` says that running it again has no further effect, `irreversible` that its effect cannot be undone.
    `cost_per_call` is money (0 for a tool that costs nothing, None if nobody said).
    `max_parallel` is how many calls of it may run at a time, `calls_per_minute` how many may begin within a minute.
    Where `irreversible` is not given at all, name and inputs are judged instead (`domain/irreversible.py`).
    """

    name: str = Field(pattern=TOOL_PATTERN)
    description: str = ""
    arguments: dict[str, Any] = Field(default_factory=dict)
    idempotent: bool = False
    irreversible: bool = False
    uses_secrets: bool = False
    cost_per_call: float | None = Field(default=None, ge=0)
    capabilities: list[str] = Field(default_factory=list)
    max_parallel: int | None = Field(default=None, ge=1)
    calls_per_minute: int | None = Field(default=None, ge=1)
