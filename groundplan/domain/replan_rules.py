"""Other ways for one failed task that rules can see: another agent, another tool, or doing without it.

Each rule is one function from the task and its circumstances to a change of the plan, or None where it does not
apply. What a rule has used up it takes away (an agent is excluded, an alternative is no longer listed, a task is
gone), so that no rule comes to the same change twice, in whatever version of the plan.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundplan.domain.argument_check import argument_errors
from groundplan.domain.dependency_graph import bindings
from groundplan.domain.errors import ErrorCode
from groundplan.domain.ledger import TaskState
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.outline import BINDING
from groundplan.domain.patch import PlanPatch
from groundplan.domain.task import DependencyKind, Task
from groundplan.domain.tools import ToolSpec
from groundplan.domain.validation import Surroundings

UNTOUCHABLE = frozenset({TaskStatus.COMPLETED, TaskStatus.EXECUTING, TaskStatus.IN_DOUBT, TaskStatus.COMPENSATED})
"""The statuses of tasks that have an effect, or may have one: a new version keeps them as they were."""

_NOT_THE_AGENT = frozenset({ErrorCode.ARGUMENTS_INVALID, ErrorCode.BINDING_INVALID, ErrorCode.RESOURCE_EXCEEDED})
_NOT_THE_TOOL = frozenset({ErrorCode.BINDING_INVALID, ErrorCode.RESOURCE_EXCEEDED})
"""Failures that meet whoever does the task, or whatever does it, just the same."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a rule looks at: all tasks of the plan, what the ledger says of them, tools, agents and limits."""

    tasks: Sequence[Task]
    states: Mapping[str, TaskState]
    around: Surroundings = field(default_factory=Surroundings)

    def status(self, task_id: str) -> TaskStatus:
        """Where the task stands; `pending` if the ledger does not know it."""
        state = self.states.get(task_id)
        return state.status if state else TaskStatus.PENDING

    def is_untouchable(self, task_id: str) -> bool:
        """Whether the task has had, or may have had, its effect."""
        return self.status(task_id) in UNTOUCHABLE

    def may_have_happened(self, task_id: str) -> bool:
        """Whether a task failed that has had its effect all the same, or may have."""
        state = self.states.get(task_id)
        return state is not None and state.may_have_happened

    def failed_with(self, task_id: str, codes: Collection[ErrorCode]) -> bool:
        """Whether the task's error has one of these codes."""
        state = self.states.get(task_id)
        return bool(state and state.error and state.error.get("code") in {code.value for code in codes})


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule changes, and why in words."""

    patch: PlanPatch
    why: str


def retry_elsewhere(task: Task, known: Circumstances) -> Change | None:
    """Give the task to another agent who is there and can do it, once per tool.

    Not if it failed for what no agent can mend: its inputs, or the budget.
    """
    state = known.states.get(task.task_id)
    if state is None or state.agent is None or task.excluded_agents or state.may_have_happened:
        return None
    if known.failed_with(task.task_id, _NOT_THE_AGENT):
        return None
    without = task.model_copy(update={"excluded_agents": [state.agent]})
    others = [agent.agent_id for agent in known.around.agents if agent.available and agent.can_do(without)]
    if not others:
        return None
    patch = PlanPatch(change={task.task_id: {"excluded_agents": [state.agent]}})
    return Change(
        patch, f"{task.name!r} failed with agent {state.agent!r}, so another one does it: {', '.join(others)}"
    )


def alternative_tool(task: Task, known: Circumstances) -> Change | None:
    """Use the first of the task's alternatives that is there, allowed, and takes exactly the inputs that the task has.

    An input that the other tool does not know is not left out: it may be the one that holds the effect back.
    """
    if known.failed_with(task.task_id, _NOT_THE_TOOL) or known.may_have_happened(task.task_id):
        return None
    for place, name in enumerate(task.alternatives):
        tool = known.around.tools.get(name)
        if tool is not None and name != task.tool and _is_allowed(tool, task, known) and takes(tool, task.inputs):
            change = retargeted(task, tool, task.alternatives[place + 1 :])
            why = f"{task.name!r} failed with {task.tool or 'no tool'}, so it is done with {name}"
            return Change(PlanPatch(change={task.task_id: change}), why)
    return None


def retargeted(task: Task, tool: ToolSpec, alternatives: Sequence[str]) -> dict[str, Any]:
    """The fields that change when another tool does the task.

    How to undo the task was said of the old tool, so only the words of it are kept; agents begin anew.
    """
    change: dict[str, Any] = {"tool": tool.name, "alternatives": list(alternatives), "excluded_agents": []}
    if task.compensation is not None and task.compensation.tool is not None:
        change["compensation"] = {"description": task.compensation.description}
    if tool.irreversible and not task.irreversible:
        change["irreversible"] = True
    return change


def takes(tool: ToolSpec, inputs: Mapping[str, Any]) -> bool:
    """Whether the inputs fit the tool's schema, and it knows each of them by name."""
    if not tool.arguments:
        return True
    named = tool.arguments.get("properties", {})
    more = tool.arguments.get("additionalProperties", False)
    return (bool(more) or named.keys() >= inputs.keys()) and not any(argument_errors(tool, inputs))


def _is_allowed(tool: ToolSpec, task: Task, known: Circumstances) -> bool:
    limits = known.around.constraints
    if tool.name in limits.forbidden_tools:
        return False
    others = {other.tool for other in known.tasks if other.task_id != task.task_id}
    if task.tool in limits.required_tools and task.tool not in others:
        return False
    doer = task.model_copy(update={"tool": tool.name, "excluded_agents": []})
    agents = known.around.agents if task.required_capabilities else ()
    return not agents or any(agent.can_do(doer) for agent in agents)


def drop_optional(task: Task, known: Circumstances) -> Change | None:
    """Do without an optional task, and without the optional ones that need its outcome.

    Not if a required task needs the outcome of one of them, by an input or a condition, or one that is over waits for
    them. Tasks that waited for their order alone go on.
    """
    if not task.optional or known.may_have_happened(task.task_id):
        return None
    gone = _with_those_in_need(task, known)
    if gone is None or len(gone) == len(known.tasks):
        return None
    if any(known.is_untouchable(one.task_id) and gone.keys() & set(one.predecessors) for one in known.tasks):
        return None
    names = ", ".join(repr(one.name) for one in gone.values())
    return Change(PlanPatch(remove=list(gone)), f"the plan does without {names}, which is optional")


def _with_those_in_need(task: Task, known: Circumstances) -> dict[str, Task] | None:
    """The task and all who need its outcome, directly or not; None if one of them is required, or over."""
    gone, pending = {task.task_id: task}, [task.task_id]
    while pending:
        source = pending.pop()
        for other in known.tasks:
            if other.task_id in gone or not needs_outcome(other, source):
                continue
            if not other.optional or known.is_untouchable(other.task_id):
                return None
            gone[other.task_id] = other
            pending.append(other.task_id)
    return gone


def needs_outcome(task: Task, source: str) -> bool:
    """Whether the task needs more of `source` than that it is over: an output, or a condition on how it ended."""
    if any(one.task_id == source and one.kind is not DependencyKind.BLOCKING for one in task.dependencies):
        return True
    if any(found == source for _, found, _ in bindings(task)) or source in (task.condition or ""):
        return True
    undone_with = json.dumps(task.compensation.inputs, default=str) if task.compensation else ""
    return any(found[1] == source for found in BINDING.finditer(undone_with))
