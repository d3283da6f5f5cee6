"""The values that options choose from, spelled out so that `--help` need not import the domain.

A test holds them equal to the enums that they stand for.
"""

from __future__ import annotations

from typing import Literal

Mode = Literal["steps", "ends"]
Strategy = Literal["hybrid", "llm", "template"]
BreakdownName = Literal["hybrid", "hierarchical", "functional", "temporal", "resource_based", "risk_based"]
PolicyName = Literal["strict", "standard", "prose"]
GoalKind = Literal["simple", "compound", "recursive"]
PlanState = Literal[
    "pending", "draft", "validated", "awaiting_approval", "executing", "replanning", "completed", "failed",
    "cancelled", "rolling_back", "rolled_back",
]  # fmt: skip
Policy = Literal["abort", "continue", "replan"]
RunState = Literal["running", "waiting", "completed", "failed", "cancelled", "rolling_back", "rolled_back"]
Became = Literal["completed", "failed", "again"]
Mitigating = Literal["add_check", "add_retry", "add_fallback", "add_buffer", "add_approval"]
Reported = Literal["executing", "completed", "failed", "ready"]
GoalState = Literal["pending", "decomposing", "ready", "executing", "completed", "failed", "cancelled"]
