"""A task in words, for whatever reads words: a chat model or an agent that takes messages."""

from __future__ import annotations

import json

from groundplan.execution.protocols import TaskCall
from groundplan.prompts import render

_LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}
"""What some take for the end of a line and JSON does not escape."""


def task_prompt(call: TaskCall) -> str:
    """The task, what it is done with and what surrounds it, as material between two lines.

    The material is JSON, indented, so that every text in it is inside quotes on a line that does not begin with it:
    none can be taken for the line that ends the material.
    """
    task = call.task
    material = {
        "task": task.name,
        "description": task.description,
        "done when": task.success_criteria,
        "inputs": dict(call.inputs),
        "context": dict(call.domain),
    }
    told = json.dumps({name: value for name, value in material.items() if value}, indent=1, ensure_ascii=False)
    return render("execute_task", {"material": told.translate(_LINE_ENDS)})
