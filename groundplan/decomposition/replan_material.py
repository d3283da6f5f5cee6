"""What a model is told of a plan that does not go on: numbered steps, results in short, failures, what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from groundplan.decomposition.quoting import quoted
from groundplan.domain.goal import Goal
from groundplan.domain.ledger import TaskState
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.replan_rules import UNTOUCHABLE
from groundplan.domain.replanning import failed_tasks
from groundplan.domain.task import Task

_UNKNOWN = TaskState()
_MOST_STEPS = 60
_LONGEST_NAME = 160
_WORDS = {
    TaskStatus.COMPLETED: "done",
    TaskStatus.EXECUTING: "running",
    TaskStatus.IN_DOUBT: "in doubt",
    TaskStatus.FAILED: "failed",
    TaskStatus.COMPENSATED: "undone",
}


@dataclass(frozen=True)
class PlanView:
    """A plan as numbered steps, each after all that it waits for: the numbers of `steps_of`."""

    plan: ExecutionPlan
    states: Mapping[str, TaskState]

    @cached_property
    def tasks(self) -> list[Task]:
        """The tasks in the order of their numbers; the first is step 1."""
        by_id = {task.task_id: task for task in self.plan.tasks}
        return [by_id[task_id] for task_id in self.plan.dependency_graph.topological_order()]

    @cached_property
    def number(self) -> dict[str, int]:
        """The number of each task, by id."""
        return {task.task_id: number for number, task in enumerate(self.tasks, start=1)}

    @cached_property
    def failed(self) -> list[Task]:
        """The failed tasks, whose number comes first first."""
        return sorted(failed_tasks(self.plan, self.states), key=lambda task: self.number[task.task_id])

    def state(self, task: Task) -> TaskState:
        """What the ledger says of the task."""
        return self.states.get(task.task_id, _UNKNOWN)

    def is_over(self, task: Task) -> bool:
        """Whether the task has had, or may have had, its effect."""
        return self.state(task).status in UNTOUCHABLE


def plan_text(view: PlanView) -> str:
    """One line a step: number, status, name, id, tool, waits. Of a large plan, the part around what failed."""
    shown = _nearest(view)
    lines = [_step(task, view) for task in view.tasks if task.task_id in shown]
    more = len(view.tasks) - len(lines)
    return "\n".join([*lines, f"… and {more} more steps, which stay as they are"] if more else lines)


def results_text(view: PlanView, longest: int) -> str:
    """The outputs of completed steps, one line each, cut to `longest` characters."""
    shown = _nearest(view)
    lines = [
        f"{view.number[task.task_id]}: {quoted(view.state(task).output, longest)}"
        for task in view.tasks
        if task.task_id in shown and view.state(task).status is TaskStatus.COMPLETED and view.state(task).output
    ]
    return "\n".join(lines) or "none"


def failures_text(view: PlanView, longest: int) -> str:
    """What each failed step was given and why it failed, one line each."""
    return "\n".join(_failure(task, view, longest) for task in view.failed) or "none"


def left_text(goal: Goal, view: PlanView, now: datetime | None) -> str:
    """What is left of the goal's tokens, money and time; empty if nothing is limited."""
    limits, states = goal.constraints, view.states.values()
    told = []
    if limits.max_tokens is not None:
        told.append(f"{max(0, limits.max_tokens - sum(state.tokens for state in states))} tokens")
    if limits.max_cost is not None:
        told.append(f"{max(0.0, limits.max_cost - sum(state.cost for state in states)):g} in cost")
    if limits.deadline is not None and now is not None:
        told.append(f"{max(0.0, (limits.deadline - now).total_seconds()) / 60:.0f} minutes")
    return f"Left for the rest: {', '.join(told)}." if told else ""


def request_text(reason: str, history: Sequence[str], notes: str, longest: int) -> str:
    """Why the plan is made anew, what was tried before, and what a person adds; one line each."""
    lines = [f"why now: {quoted(reason, longest)}"]
    lines += [f"tried before: {quoted(said, longest)}" for said in history[-5:]]
    lines += [f"a person says: {quoted(line, 2_000)}" for line in notes.splitlines() if line.strip()]
    return "\n".join(lines)


def _step(task: Task, view: PlanView) -> str:
    status = _WORDS.get(view.state(task).status, "open")
    waits = sorted(view.number[other] for other in task.predecessors)
    parts = [
        f"id {task.task_id}",
        f"tool {task.tool}" if task.tool else "no tool",
        f"waits for {', '.join(map(str, waits))}" if waits else "",
        "optional" if task.optional else "",
    ]
    name = quoted(task.name, _LONGEST_NAME)
    return f"{view.number[task.task_id]} [{status}] {name} ({'; '.join(part for part in parts if part)})"


def _failure(task: Task, view: PlanView, longest: int) -> str:
    state = view.state(task)
    error = state.error or {}
    what = f"{error.get('code', '')} {error.get('message', 'it failed')}".strip()
    parts = [f"{view.number[task.task_id]}: {quoted(what, longest)}"]
    if task.inputs:
        parts.append(f"inputs {quoted(task.inputs, longest)}")
    if state.agent:
        parts.append(f"agent {quoted(state.agent, _LONGEST_NAME)}")
    return ", ".join([*parts, f"{max(1, state.claims)} attempts"])


def _nearest(view: PlanView) -> set[str]:
    """The ids of the steps that are shown: failed ones, those before and behind them, others while there is room."""
    if len(view.tasks) <= _MOST_STEPS:
        return {task.task_id for task in view.tasks}
    failed = [task.task_id for task in view.failed]
    before = [other for task in view.failed for other in task.predecessors]
    behind, after = list(failed), view.plan.dependency_graph.successors
    seen = set(behind)
    for task_id in behind:  # grows while it is read
        fresh = [other for other in after.get(task_id, ()) if other not in seen]
        seen.update(fresh)
        behind += fresh
    others = [task.task_id for task in view.tasks if not view.is_over(task)]
    return set(list(dict.fromkeys([*failed, *before, *behind, *others]))[:_MOST_STEPS])
