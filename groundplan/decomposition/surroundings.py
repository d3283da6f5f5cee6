"""What a prompt tells beside the goal: tools, agents, limits, notes, along which lines to break down."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from groundplan.decomposition.quoting import quoted, unfenced
from groundplan.domain.agents import AgentCapability
from groundplan.domain.goal import Breakdown, Goal, GoalConstraints
from groundplan.domain.tools import ToolSpec
from groundplan.prompts import render

_LONGEST = 4_000
_RISKY = re.compile(
    r"\b(?:delet|deploy|migrat|production|customer|payment|pay|secur|legal|deadline|launch|external|vendor)\w*",
    re.IGNORECASE,
)


def breakdown_text(goal: Goal) -> str:
    """Along which lines the goal is to be broken down; for `risk_based` with a quick look at its risks."""
    values = {"risks": goal_risks(goal.goal_text)} if goal.breakdown is Breakdown.RISK_BASED else {}
    return render(f"breakdown_{goal.breakdown.value}", values)


def goal_risks(text: str) -> str:
    """What in the goal's own words looks risky, before there is a plan."""
    words = list(dict.fromkeys(found.lower() for found in _RISKY.findall(text)))[:8]
    return ", ".join(words) + "." if words else "whatever is new, outside your control, or hard to take back."


def surroundings_text(
    goal: Goal,
    tools: Sequence[ToolSpec],
    agents: Sequence[AgentCapability],
    notes: str,
) -> str:
    """Tools, agents, limits and notes as prose for a prompt; parts without content are left out."""
    parts = [
        _listed("Tools", [_tool(tool) for tool in tools]),
        _listed("Agents", [f"{agent.agent_id}: {', '.join(agent.capabilities)}" for agent in agents]),
        _listed("Limits", _limits(goal.constraints)),
        f"Notes on the domain:\n{unfenced(notes)}" if notes.strip() else "",
    ]
    return "\n\n".join(part for part in parts if part) or "There are no tools; every tool is null."


def _listed(title: str, lines: Sequence[str]) -> str:
    return f"{title}:\n" + "\n".join(f"- {line}" for line in lines) if lines else ""


def _tool(tool: ToolSpec) -> str:
    told = f"{tool.name}: {tool.description}"
    if not tool.arguments:
        return told
    needed = ", ".join(tool.arguments.get("required", []))
    arguments = json.dumps(tool.arguments.get("properties", tool.arguments), ensure_ascii=False)
    return f"{told} Arguments: {arguments}" + (f" Needed: {needed}." if needed else "")


def _limits(constraints: GoalConstraints) -> list[str]:
    told = {
        "done by": constraints.deadline.isoformat() if constraints.deadline else None,
        "at most this cost": constraints.max_cost,
        "at most this many tokens": constraints.max_tokens,
        "at most this many steps at once": constraints.max_parallel,
        "must use": ", ".join(constraints.required_tools),
        "some step needs the capability": ", ".join(constraints.required_capabilities),
        "must not use": ", ".join([*constraints.forbidden_tools, *constraints.forbidden_capabilities]),
        "successful when": quoted("; ".join(constraints.success_criteria), _LONGEST)
        if constraints.success_criteria
        else "",
        "also": quoted(constraints.extra, _LONGEST) if constraints.extra else "",
    }
    return [f"{name}: {value}" for name, value in told.items() if value]
