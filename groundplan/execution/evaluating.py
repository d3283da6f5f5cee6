"""Scoring a finished task by its success criteria: by rule where one is a rule, else by a model.

"output.rows > 100"            a rule: CEL over `output` and `status`, 1 if it holds, else 0
"The report names its sources" prose: a model gives 0 to 1, or it is left to a person
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from groundplan.decomposition.asking import Asker
from groundplan.decomposition.json_in_text import object_in
from groundplan.decomposition.quoting import quoted, unfenced
from groundplan.domain.conditions import compile_condition
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.evaluation import Judge
from groundplan.domain.ledger import TaskState
from groundplan.domain.task import Task
from groundplan.prompts import render

_ABOUT_THE_OUTCOME = re.compile(r"\b(?:output|status)\b")
_SHOWN_RESULT = 8_000
_SHOWN_TASK = 2_000
_KEPT_WHY = 500
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "scores": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "criterion": {"type": "integer"},
                    "score": {"type": "number", "minimum": 0, "maximum": 1},
                    "why": {"type": "string"},
                },
                "required": ["criterion", "score", "why"],
            },
        }
    },
    "required": ["scores"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The score of one criterion, from 0 to 1, and why."""

    judge: Judge
    criterion: str
    score: float
    why: str = ""


def is_rule(criterion: str) -> bool:
    """Whether the criterion is an expression in CEL over the task's outcome, not prose."""
    if not _ABOUT_THE_OUTCOME.search(criterion):
        return False
    try:
        compile_condition(criterion)
    except PlanningError:
        return False
    return True


def by_rules(task: Task, state: TaskState) -> list[Verdict]:
    """A verdict on each criterion that is a rule; one that cannot be decided is missed, and says why."""
    return [_by_rule(criterion, state) for criterion in task.success_criteria if is_rule(criterion)]


async def by_model(task: Task, state: TaskState, asker: Asker) -> list[Verdict]:
    """A verdict on each criterion in prose; the model is asked once, and again if its answer is not of use.

    Raises:
        PlanningError: E5102, E5103 if the model is not there, E5104 if no answer was of use, E5106 when the asker's
            bounds are reached.
    """
    criteria = [criterion for criterion in task.success_criteria if not is_rule(criterion)]
    if not criteria:
        return []
    messages = _messages(task, state, criteria)
    for _ in range(2):
        answer = await asker.ask(messages, _SCHEMA)
        verdicts = _read(answer.text, criteria)
        if verdicts:
            return verdicts
    raise PlanningError(
        ErrorCode.MODEL_ANSWER_UNUSABLE,
        f"Model {asker.model_name!r} gave no score for each criterion of task {task.task_id!r}",
        details={"task_id": task.task_id, "criteria": criteria},
        recovery_suggestion="Use a stronger model, or let a person score it.",
    )


def _by_rule(criterion: str, state: TaskState) -> Verdict:
    known = {"output": state.output, "status": state.status.value}
    try:
        holds = compile_condition(criterion).holds(known)
    except PlanningError as error:
        return Verdict(judge=Judge.RULE, criterion=criterion, score=0.0, why=error.message[:_KEPT_WHY])
    return Verdict(judge=Judge.RULE, criterion=criterion, score=float(holds))


def _messages(task: Task, state: TaskState, criteria: Sequence[str]) -> list[BaseMessage]:
    numbered = "\n".join(f"{number}. {quoted(text, _SHOWN_TASK)}" for number, text in enumerate(criteria, start=1))
    material = {
        "criteria": unfenced(numbered),
        "task": quoted(f"{task.name}. {task.description}", _SHOWN_TASK),
        "result": quoted(state.output, _SHOWN_RESULT),
    }
    return [SystemMessage(render("evaluate_task_system", {})), HumanMessage(render("evaluate_task", material))]


def _read(text: str, criteria: Sequence[str]) -> list[Verdict]:
    """The verdicts in the answer; none unless there is a score for every criterion."""
    scores = (object_in(text, "scores") or {}).get("scores")
    by_number = {}
    for one in scores if isinstance(scores, list) else ():
        number, score = (one.get("criterion"), one.get("score")) if isinstance(one, dict) else (None, None)
        if isinstance(number, int) and isinstance(score, (int, float)) and 0 <= score <= 1:
            by_number[number] = (float(score), str(one.get("why") or "")[:_KEPT_WHY])
    wanted = range(1, len(criteria) + 1)
    if not all(number in by_number for number in wanted):
        return []
    return [
        Verdict(judge=Judge.MODEL, criterion=criteria[number - 1], score=by_number[number][0], why=by_number[number][1])
        for number in wanted
    ]
