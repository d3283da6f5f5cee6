"""`groundplan plan`: from a goal to a stored plan, or on with a run that was cut off."""

from __future__ import annotations

from typing import Annotated

import typer

from groundplan.cli.choices import BreakdownName, GoalKind, Mode, PolicyName, Strategy
from groundplan.cli.commands.options import AsJson
from groundplan.cli.deadlines import deadline_option
from groundplan.cli.goal_input import goal_text, read_text
from groundplan.cli.planning import goal_of, plan_goal, resume_run
from groundplan.cli.stored import show_stored

_Goal = Annotated[
    list[str] | None, typer.Argument(metavar="GOAL", help="The goal in words; - reads it.", show_default=False)
]
_File = Annotated[str | None, typer.Option("--file", "-f", metavar="FILE", help="Read the goal from a file.")]
_Resume = Annotated[str | None, typer.Option("--resume", metavar="RUN", help="Go on with a run that was cut off.")]
_Model = Annotated[str | None, typer.Option("--model", metavar="NAME", help="Such as ollama:qwen2.5-coder:1.5b.")]
_Mode = Annotated[Mode | None, typer.Option("--mode", help="Checkpoint every step, or only the ends.")]
_Strategy = Annotated[Strategy, typer.Option("--strategy", help="Who breaks the goal down.")]
_Breakdown = Annotated[BreakdownName, typer.Option("--breakdown", help="Along which lines.")]
_Kind = Annotated[GoalKind, typer.Option("--type", help="The kind of goal.")]
_Policy = Annotated[PolicyName | None, typer.Option("--policy", help="How strictly the goal's text is judged.")]
_Priority = Annotated[int, typer.Option("--priority", metavar="1-10", min=1, max=10, help="10 is the most urgent.")]
_Deadline = Annotated[str | None, typer.Option("--deadline", metavar="WHEN", help="2026-12-24, an ISO time, +3h, +2d.")]
_MaxCost = Annotated[float | None, typer.Option("--max-cost", metavar="AMOUNT", min=0, help="What the plan may cost.")]
_MaxTokens = Annotated[
    int | None, typer.Option("--max-tokens", metavar="N", min=0, help="The model tokens it may use.")
]
_MaxParallel = Annotated[
    int | None, typer.Option("--max-parallel", metavar="N", min=1, help="The tasks that may run at once.")
]
_Require = Annotated[list[str] | None, typer.Option("--require-tool", metavar="TOOL", help="Must be used.")]
_Forbid = Annotated[list[str] | None, typer.Option("--forbid-tool", metavar="TOOL", help="Must not be used.")]
_Success = Annotated[list[str] | None, typer.Option("--success", metavar="TEXT", help="When it counts as done.")]
_Notes = Annotated[str | None, typer.Option("--notes", metavar="FILE", help="Rules of your domain, for the model.")]
_Agent = Annotated[str, typer.Option("--agent", metavar="DID", help="On whose behalf.")]


def plan(
    goal: _Goal = None,
    file: _File = None,
    resume: _Resume = None,
    model: _Model = None,
    mode: _Mode = None,
    strategy: _Strategy = "hybrid",
    breakdown: _Breakdown = "hybrid",
    goal_type: _Kind = "simple",
    policy: _Policy = None,
    priority: _Priority = 5,
    deadline: _Deadline = None,
    max_cost: _MaxCost = None,
    max_tokens: _MaxTokens = None,
    max_parallel: _MaxParallel = None,
    require_tool: _Require = None,
    forbid_tool: _Forbid = None,
    success: _Success = None,
    notes: _Notes = None,
    agent: _Agent = "did:local:user",
    as_json: AsJson = False,
) -> None:
    """Turn a goal into a plan.

    Tasks, order, schedule and risks are worked out, checked, signed and stored.
    """
    settings = {"model": model, "sanitizer_policy": policy}
    if resume is not None:
        if goal or file:
            raise typer.BadParameter("--resume goes on with the goal of that run; give no other")
        show_stored(resume_run(resume, settings), as_json=as_json)
        return
    limits = {
        "deadline": deadline_option(deadline),
        "max_cost": max_cost,
        "max_tokens": max_tokens,
        "max_parallel": max_parallel,
        "required_tools": require_tool or [],
        "forbidden_tools": forbid_tool or [],
        "success_criteria": success or [],
    }
    kind = {"goal_type": goal_type, "decomposition_strategy": strategy, "breakdown": breakdown}
    wanted = goal_of(goal_text(goal, file), limits, agent_did=agent, priority=priority, **kind)
    show_stored(plan_goal(wanted, mode, read_text(notes) if notes else "", settings), as_json=as_json)
