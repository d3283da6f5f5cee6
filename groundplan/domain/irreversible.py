"""What a task does that cannot be taken back, how that is known, and which task before it vouches for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundplan.domain.risk_words import GRAVE, OUTWARD, TOOL_GRAVE, TOOL_OUTWARD, TOOL_READS, mention
from groundplan.domain.task import DependencyKind, Task
from groundplan.domain.tools import ToolSpec

CHECKING_CATEGORIES = frozenset({"approval", "review", "test"})
"""Set by templates and by people, not by a model or the words of a goal."""

DONE_BY_PEOPLE = frozenset({"approval", "review"})
"""Those of them that people do, by looking."""

_VERIFY = re.compile(
    r"(?:review|verif|validat|approv|confirm|inspect|audit|proofread|rehears|sign.?off|dry.?run|(?:check|test)(?:s|ed|ing)?\b)"
)
"""A backup is no check: it makes nothing less likely to be done by mistake."""
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_BINDING = re.compile(r"\$\{[^{}]*\}")
_WORD = re.compile(r"\w[\w.@/-]*\w|\w")
_FIRST_WORDS = re.compile(
    r"\W*(?:(?:please|then|finally|now|first|also) )*"
    r"(?:(?:get|obtain|ask for|wait for|have|let|do|run|make|give) (?:\w+ ){0,2}?)?"
)
_NO_OBJECT = frozenset(
    (
        *(
            "a",
            "all",
            "an",
            "and",
            "are",
            "as",
            "at",
            "be",
            "before",
            "by",
            "each",
            "every",
            "for",
            "from",
            "in",
            "into",
        ),
        *("is", "it", "its", "my", "of", "off", "on", "or", "our", "out", "over", "so", "that", "the", "their", "them"),
        *("then", "there", "these", "they", "this", "those", "to", "up", "was", "we", "which", "with", "you", "your"),
    )
)
_VAGUE = frozenset(("everything", "one", "rest", "something", "stuff", "thing", "things"))


@dataclass(frozen=True, slots=True)
class Effect:
    """What cannot be taken back.

    Attributes:
        grave: data gone, money spent, customers reached; otherwise others merely see it.
        acts: a declaration or a tool says so, not only the words of the task.
        evidence: what was seen, for people.
    """

    grave: bool
    acts: bool
    evidence: str


def effect_of(task: Task, tool: ToolSpec | None) -> Effect | None:
    """What the task does that cannot be taken back, or None. `tool` is what is registered under the task's tool.

    A tool that does not say whether its effect can be undone (`irreversible` is neither true nor false) is judged by
    its name and inputs, and what it seems to do counts as grave: it will be done, whatever the task is called.
    """
    if task.irreversible or (tool is not None and tool.irreversible):
        return Effect(grave=True, acts=True, evidence="declared irreversible")
    if task.tool and (tool is None or "irreversible" not in tool.model_fields_set):
        seen = _of_name(task.tool) or _of_inputs(task.inputs)
        if seen:
            return Effect(
                grave=True, acts=True, evidence=f"{seen}, and {task.tool!r} does not say that it can be undone"
            )
    if task.tool is None and task.category in DONE_BY_PEOPLE and _leads_with_check(task.name):
        return None  # it names what it checks: "Approve: Delete the accounts" deletes nothing
    for where, text in (("name", task.name), ("description", task.description)):
        if words := mention(GRAVE, text):
            return Effect(grave=True, acts=False, evidence=f"its {where} says {words!r}")
    if words := mention(OUTWARD, task.name):
        return Effect(grave=False, acts=False, evidence=f"its name says {words!r}")
    return None


def vouched_for(task: Task, by_id: Mapping[str, Task], *, acts: bool) -> bool:
    """Whether a task right before this one checks or approves the same object.

    It does if this task waits for it, if it is bound to run (neither optional nor conditional), and if it names every
    object that this task and its inputs name. What counts as a check: its category (`CHECKING_CATEGORIES`); its leading
    verb too, unless the effect `acts`: then words alone, which a model may have written, never do. A task without an
    object of its own ("Finish") is never vouched for.
    """
    objects = _objects(task.name) | {word for text in texts_in(task.inputs) for word in _words(text)}
    if not objects:
        return False
    before = [by_id[other] for other in task.predecessors if other in by_id]
    return any(_checks(other, acts) and objects <= _words(f"{other.name} {other.description}") for other in before)


def _checks(task: Task, acts: bool) -> bool:
    if task.optional or task.condition or any(wait.kind is DependencyKind.CONDITIONAL for wait in task.dependencies):
        return False
    return task.category in CHECKING_CATEGORIES or (not acts and _leads_with_check(task.name))


def _leads_with_check(name: str) -> bool:
    text = name.lower()
    opening = _FIRST_WORDS.match(text)
    start = opening.end() if opening else 0
    return _VERIFY.match(text, start) is not None or _VERIFY.match(text.lstrip()) is not None


def _objects(name: str) -> frozenset[str]:
    """What the name speaks of: its words but the leading verb."""
    _, _, rest = name.strip().partition(" ")
    return _words(rest)


def _words(text: str) -> frozenset[str]:
    found = (_stem(word) for word in _WORD.findall(text.lower()))
    return frozenset(word for word in found if word not in _NO_OBJECT and word not in _VAGUE)


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _of_name(tool: str) -> str:
    *domain, action = tool.split(".")
    parts = [part.lower() for part in _PART.findall(action)]
    if parts and parts[0] in TOOL_READS:
        return ""
    said = [*parts, *(part.lower() for name in domain for part in _PART.findall(name))]
    return next((f"its tool says {part!r}" for part in said if part in TOOL_GRAVE or part in TOOL_OUTWARD), "")


def _of_inputs(inputs: Mapping[str, Any]) -> str:
    return next((f"its inputs say {words!r}" for text in texts_in(inputs) if (words := mention(GRAVE, text))), "")


def texts_in(value: Any) -> Iterator[str]:
    """The texts and numbers in a task's inputs; what is only a binding to an earlier output is none."""
    if isinstance(value, str):
        if not _BINDING.fullmatch(value):
            yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, Sequence):
        for item in value:
            yield from texts_in(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
