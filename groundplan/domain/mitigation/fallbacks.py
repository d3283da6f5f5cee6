"""Something else to turn to when a task fails: another tool, or a person."""

from __future__ import annotations

import re

from groundplan.domain.irreversible import effect_of
from groundplan.domain.mitigation.draft import Draft
from groundplan.domain.replan_rules import takes
from groundplan.domain.risk import Risk
from groundplan.domain.task import DependencyKind, Task, TaskDependency
from groundplan.domain.tools import ToolSpec

_MOST = 2
_PART = re.compile(r"[a-z]+")
_OUTSIDE = "external"


def add_fallbacks(draft: Draft, risk: Risk) -> None:
    """For each task of the risk other registered tools that take the same inputs and speak of the same thing; for a
    last task of the plan, where there is none, a person who steps in when it fails.

    A task that others wait for has no such person: they would wait for the task itself all the same.
    """
    for task in draft.open_tasks(risk.task_ids):
        tools = _others(task, draft)
        if tools:
            draft.change(task.task_id, alternatives=[*task.alternatives, *tools])
        elif not draft.dependents(task.task_id):
            draft.add(
                f"{task.task_id}-fallback",
                f"Step in if it failed: {task.name}",
                description="Do it by hand, or see to what its failure means.",
                category=_OUTSIDE,
                phase=task.phase,
                dependencies=[
                    TaskDependency(
                        task_id=task.task_id, kind=DependencyKind.CONDITIONAL, condition="status == 'failed'"
                    )
                ],
            )


def _others(task: Task, draft: Draft) -> list[str]:
    if task.tool is None:
        return []
    known = {task.tool, *task.alternatives, *draft.around.constraints.forbidden_tools}
    return [name for name, tool in draft.around.tools.items() if name not in known and _does_the_same(tool, task)][
        :_MOST
    ]


def _does_the_same(tool: ToolSpec, task: Task) -> bool:
    """Whether the tool can stand in: alike in name, takes exactly these inputs, does nothing that cannot be undone."""
    alike = set(_PART.findall(tool.name.lower())) & set(_PART.findall((task.tool or "").lower()))
    same = task.model_copy(update={"tool": tool.name})
    return bool(alike) and bool(tool.arguments) and takes(tool, task.inputs) and effect_of(same, tool) is None
