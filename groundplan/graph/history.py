"""The checkpoints of a run in a few words: looking at the past without doing any of it again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from pydantic import Field

from groundplan.domain.approval import Approval
from groundplan.domain.findings import ValidationResult
from groundplan.domain.frozen import Frozen, UtcDatetime
from groundplan.domain.goal import Goal
from groundplan.domain.outline import Outline
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.schedule import Schedule
from groundplan.graph.records import Record, records
from groundplan.state import Dependencies, Estimates, Revision, RiskRegister

INTERRUPT = "__interrupt__"
"""Where LangGraph writes that a node waits for an answer."""


class CheckpointView(Frozen):
    """One checkpoint: the node whose work it holds, the channels that changed by it, and what comes next.

    `node` is `input` for the first one. `changed` maps a channel to a few words on its new value.
    """

    checkpoint_id: str
    step: int
    node: str
    created_at: UtcDatetime | None = None
    changed: dict[str, str] = Field(default_factory=dict)
    next: list[str] = Field(default_factory=list)
    waits: bool = False


async def history(saver: BaseCheckpointSaver[Any], run_id: str) -> list[CheckpointView]:
    """Every checkpoint of the run, oldest first; empty for a run that left none. Calls no node."""
    oldest_first = await records(saver, run_id)
    return [_view(record, before) for before, record in zip([None, *oldest_first], oldest_first, strict=False)]


def _view(record: Record, before: Record | None) -> CheckpointView:
    known = before.values if before else {}
    return CheckpointView(
        checkpoint_id=record.checkpoint_id,
        step=record.step,
        node=", ".join(before.next).replace("__start__", "input") if before and before.next else "input",
        created_at=datetime.fromisoformat(record.at),
        changed={
            name: describe(value) for name, value in record.values.items() if name not in known or known[name] != value
        },
        next=record.next,
        waits=any(channel == INTERRUPT for _, channel, _ in record.saved.pending_writes or ()),
    )


def describe(value: Any) -> str:
    """A channel's value in a few words, for people. Never the goal's whole text."""
    words = _WORDS.get(type(value))
    if words is not None:
        return words(value)
    if isinstance(value, str | int | float | bool):
        return str(value) or "nothing"
    return f"{len(value)} entries" if isinstance(value, list | dict) else type(value).__name__


def _goal(goal: Goal) -> str:
    return f"{goal.goal_id}, {goal.status.value}, {len(goal.goal_text)} characters"


def _outline(outline: Outline) -> str:
    cached = ", from the cache" if outline.origin.cache_hit else ""
    return f"{len(outline.steps)} steps by {outline.origin.strategy}{cached}"


def _dependencies(work: Dependencies) -> str:
    edges = sum(map(len, work.graph.predecessors.values()))
    return f"{len(work.tasks)} tasks, {edges} dependencies" + (", problems" if work.problems else "")


def _risks(register: RiskRegister) -> str:
    gate = ", a person has to decide" if register.approval_reasons else ""
    return f"{len(register.risks)} risks{gate}"


def _findings(found: ValidationResult) -> str:
    return "valid" if found.valid else f"{len(found.errors)} errors: {found.errors[0]}"


def _approval(approval: Approval) -> str:
    return approval.decision.verdict.value if approval.decision else f"waits: {'; '.join(approval.reasons)}"


_WORDS: dict[type, Callable[[Any], str]] = {
    Goal: _goal,
    Outline: _outline,
    Dependencies: _dependencies,
    Estimates: lambda estimates: f"{len(estimates.by_task)} tasks estimated",
    Schedule: lambda s: f"makespan {s.makespan:.0f} s, {len(s.critical_path)} critical tasks",
    RiskRegister: _risks,
    ValidationResult: _findings,
    Revision: lambda revision: f"version {revision.version}: {revision.reason}",
    ExecutionPlan: lambda plan: f"version {plan.version}, {plan.status.value}, {len(plan.tasks)} tasks",
    Approval: _approval,
}
