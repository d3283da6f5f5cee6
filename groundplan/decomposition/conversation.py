"""What is said to a model: the question for a goal or a step, and its own answer with what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from groundplan.domain.findings import Finding
from groundplan.domain.outline import Outline, OutlineStep
from groundplan.prompts import render

_LONGEST_ANSWER = 12_000
_MOST_ERRORS = 8
_PLACE = re.compile(r"tasks\[(\d+)\]\.?(.*)")


@dataclass(frozen=True)
class Conversation:
    """A question, and the rules for its answer."""

    system: str
    question: str

    def opening(self) -> list[BaseMessage]:
        """The first thing that is said."""
        return [SystemMessage(self.system), HumanMessage(self.question)]

    def correction(self, answer: str, errors: Iterable[str]) -> list[BaseMessage]:
        """The question, the answer it got, and what is wrong with that answer."""
        listed = "\n".join(f"- {error}" for error in list(errors)[:_MOST_ERRORS])
        return [
            *self.opening(),
            AIMessage(answer[:_LONGEST_ANSWER]),
            HumanMessage(render("repair_answer", {"errors": listed})),
        ]


def as_answer(outline: Outline) -> str:
    """The outline in the form in which a model would have said it."""
    number = {step.key: index for index, step in enumerate(outline.steps, start=1)}
    return json.dumps({"steps": [_said(step, number) for step in outline.steps]}, ensure_ascii=False)


def in_words(findings: Sequence[Finding]) -> list[str]:
    """The findings as a model is told them, by the numbers that it gave the steps."""
    return [f"{_place(finding.path)}: {finding.message}. {finding.suggestion}".strip() for finding in findings]


def _place(path: str) -> str:
    found = _PLACE.fullmatch(path)
    if found is None:
        return "The plan"
    step = f"Step {int(found[1]) + 1}"
    return f"{step}, {found[2]}" if found[2] else step


def _said(step: OutlineStep, number: dict[str, int]) -> dict[str, object]:
    said: dict[str, object] = {
        "number": number[step.key],
        "name": step.name,
        "phase": step.phase,
        "tool": step.tool,
        "depends_on": sorted(number[wait.key] for wait in step.depends_on if wait.key in number),
        "minutes": step.duration.likely / 60 if step.duration else 0,
        "success": "; ".join(step.success_criteria),
        "compound": False,
    }
    more = {"inputs": step.inputs, "capabilities": step.required_capabilities}
    return said | {name: value for name, value in more.items() if value}
