"""Asking a model what can go wrong with a plan, beside what the rules see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from groundplan.decomposition.asking import Asker, is_cut_off
from groundplan.decomposition.conversation import Conversation
from groundplan.decomposition.quoting import quoted, unfenced
from groundplan.decomposition.risk_answer import RiskReading, read_risks, risks_schema
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.risk import Risk
from groundplan.domain.risk_rules import Outlook
from groundplan.domain.task import Task
from groundplan.prompts import render

CALLS = 2
"""One question, and one more if the answer cannot be read."""
_MOST = 8
_MOST_STEPS = 80
_SHOWN = 300
_SHOWN_GOAL = 4_000


@dataclass(frozen=True)
class Identified:
    """The risks that a model named, and how many more had a text that was refused."""

    risks: tuple[Risk, ...]
    refused: int = 0


async def identify(outlook: Outlook, known: Sequence[Risk], asker: Asker) -> Identified:
    """The risks that the model names for this plan. What it answered before a crash is found by run and prompt.

    Raises:
        PlanningError: E5102, E5103 if the model is not there, E5104 or E5105 if no answer could be used, E5106 when
            the asker's bounds are reached.
    """
    steps = _shown_steps(outlook)
    about = Conversation(
        render("identify_risks_system", {"most": str(_MOST)}),
        render("identify_risks", _material(outlook, steps, known)),
    )
    messages, schema = about.opening(), risks_schema(_MOST)
    reading, cut_off = RiskReading(), False
    for _ in range(CALLS):
        answer = await asker.ask(messages, schema)
        cut_off = is_cut_off(answer)
        reading = read_risks(answer.text, cut_off, steps, outlook, most=_MOST)
        if not reading.errors:
            return Identified(reading.risks, reading.refused)
        messages = about.correction(answer.text, reading.errors)
    raise _unusable(asker, reading, cut_off)


def _shown_steps(outlook: Outlook) -> list[Task]:
    """The steps that the model is shown: all of a small plan; of a large one those that delay it first."""
    if len(outlook.tasks) <= _MOST_STEPS:
        return list(outlook.tasks)
    critical = set(outlook.schedule.critical_path)
    ranked = sorted(outlook.tasks, key=lambda task: task.task_id not in critical)[:_MOST_STEPS]
    kept = {task.task_id for task in ranked}
    return [task for task in outlook.tasks if task.task_id in kept]


def _material(outlook: Outlook, steps: Sequence[Task], known: Sequence[Risk]) -> dict[str, str]:
    number = {task.task_id: place for place, task in enumerate(steps, start=1)}
    return {
        "goal": unfenced(quoted(outlook.goal_text, _SHOWN_GOAL)),
        "steps": "\n".join(_step(task, number) for task in steps),
        "known": "\n".join(f"- {quoted(risk.description, _SHOWN)}" for risk in known[:_MOST_STEPS]) or "- none",
    }


def _step(task: Task, number: dict[str, int]) -> str:
    waits = ", ".join(str(number[other]) for other in task.predecessors if other in number)
    told = f"{number[task.task_id]}. {quoted(task.name, _SHOWN)}"
    told += f" with {task.tool}" if task.tool else ""
    return told + (f", after {waits}" if waits else "")


def _unusable(asker: Asker, reading: RiskReading, cut_off: bool) -> PlanningError:
    return PlanningError(
        ErrorCode.MODEL_ANSWER_CUT_OFF if cut_off else ErrorCode.MODEL_ANSWER_UNUSABLE,
        f"What model {asker.model_name!r} said of risks cannot be used: {reading.errors[0]}",
        details={"errors": list(reading.errors), "calls": asker.budget.calls},
        recovery_suggestion="Use a stronger model, or set GROUNDPLAN_IDENTIFY_RISKS=false.",
    )
