"""Under which key a plan's outline is cached: a hash of everything that shapes it.

What only a later step uses (risk thresholds, approval, buffers, ids, priority) is left out, because a cached
outline is instantiated, estimated, scheduled and validated anew every time.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from groundplan.domain.agents import AgentCapability
from groundplan.domain.goal import Goal
from groundplan.domain.settings import PlannerSettings
from groundplan.domain.tools import ToolSpec

OUTLINE_FORMAT = 1
"""Raised when `Outline` changes so that a stored one means something else."""

_TAB = 4


def cache_key(
    goal: Goal,
    *,
    tools: Iterable[ToolSpec] = (),
    agents: Iterable[AgentCapability] = (),
    model_name: str = "",
    template_version: str = "",
    settings: PlannerSettings | None = None,
    notes: str = "",
) -> str:
    """The key of the outline that this goal leads to in these surroundings, as 64 hexadecimal digits.

    Equal keys mean: the same steps may be used. The text counts as `normalized_goal` gives it; the order of
    tools and agents, and how many tasks an agent can take at once, do not count. SHA-256 over JSON with
    sorted keys; not RFC 8785, which refuses integers beyond 2^53, and JSON Schemas of tools have such bounds.

    Args:
        template_version: one value for the whole registry, so that a changed template is a changed key.
        notes: the user's domain notes, as the prompt carries them.
    """
    form = {
        "format": OUTLINE_FORMAT,
        "goal": normalized_goal(goal.goal_text),
        "goal_type": goal.goal_type.value,
        "strategy": goal.decomposition_strategy.value,
        "breakdown": goal.breakdown.value,
        "constraints": goal.constraints.model_dump(mode="json"),
        "tools": _sorted(tool.model_dump(mode="json") for tool in tools),
        "agents": _sorted(agent.model_dump(mode="json", exclude=_PASSING) for agent in agents),
        "model": model_name,
        "templates": template_version,
        "notes": notes,
        "settings": _shaping(settings or PlannerSettings()),
    }
    return hashlib.sha256(_json(form).encode("ascii")).hexdigest()


def normalized_goal(text: str) -> str:
    """The text as far as it counts for planning: NFC, without differences of spacing.

    Within a line, runs of white space are one space and trailing ones nothing. Lines, their indentation
    (less what all lines share, a tab being four columns) and single blank lines between them stay, because lists of
    steps are read by them. Upper and lower case stay: "US" is not "us", and names and paths differ by case.
    """
    lines = [line.expandtabs(_TAB) for line in unicodedata.normalize("NFC", text).splitlines()]
    shared = min((_indent(line) for line in lines if line.strip()), default=0)
    tidy = [" " * (_indent(line) - shared) + " ".join(line.split()) if line.strip() else "" for line in lines]
    kept = [line for _, same in groupby(tidy, key=bool) for line in _at_most_one_blank(list(same))]
    return "\n".join(kept).strip("\n")


_PASSING = {"available", "capacity"}
"""What changes from minute to minute without changing what an agent can do."""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _at_most_one_blank(lines: list[str]) -> list[str]:
    return lines if lines[0] else [""]


def _shaping(settings: PlannerSettings) -> dict[str, Any]:
    return settings.model.model_dump(include={"num_predict", "temperature", "max_depth", "max_steps"})


def _sorted(items: Iterable[dict[str, Any]]) -> list[str]:
    return sorted(map(_json, items))


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
