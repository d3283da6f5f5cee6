"""A plan as a Mermaid diagram. Task names are foreign text: nothing in them can end a label or add a statement."""

from __future__ import annotations

from groundplan.domain.plan import ExecutionPlan

_LONGEST = 60
_ESCAPES = {ord(sign): f"#{ord(sign)};" for sign in "\"'<>&#;[](){}|`\\%"}


def mermaid(plan: ExecutionPlan) -> str:
    """The plan's tasks and what they wait for, as a Mermaid flowchart; critical tasks are marked."""
    critical = set(plan.schedule.critical_path) if plan.schedule else set()
    node = {task.task_id: f"t{number}" for number, task in enumerate(plan.tasks, start=1)}
    lines = ["flowchart LR"]
    lines += [f'    {node[task.task_id]}["{_label(task.name)}"]' for task in plan.tasks]
    lines += [
        f"    {node[other]} --> {node[task.task_id]}"
        for task in plan.tasks
        for other in task.predecessors
        if other in node
    ]
    if critical:
        lines.append("    classDef critical stroke-width:3px")
        lines.append(f"    class {','.join(node[task_id] for task_id in node if task_id in critical)} critical")
    return "\n".join(lines)


def _label(name: str) -> str:
    line = " ".join(name.split())
    short = line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
    return "".join(sign if sign.isprintable() else "�" for sign in short).translate(_ESCAPES)
