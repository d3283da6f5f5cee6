"""Filling a template's steps with words of the goal. They are foreign text: inserted, never interpreted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from groundplan.domain.outline import OutlineDependency, OutlineStep
from groundplan.domain.resources import ThreePoint
from groundplan.domain.task import DependencyKind, TaskType
from groundplan.templates.matching import CONSIDERED
from groundplan.templates.template import Template, TemplateStep

_HOLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_LONGEST = 80
_LONGEST_NAME = 400
_SECRET = re.compile("secret://", re.IGNORECASE)
_BRACES = {ord("{"): "(", ord("}"): ")"}


def read_parameters(template: Template, text: str) -> dict[str, str]:
    """What the template's patterns find in the goal's text, or their defaults; on one line, 80 characters at most."""
    head = text[:CONSIDERED]
    return {
        parameter.name: _tidy(found[1]) or parameter.default
        if (found := parameter.regex.search(head))
        else parameter.default
        for parameter in template.parameters
    }


def filled_steps(template: Template, values: Mapping[str, str], breakdown: str) -> list[OutlineStep]:
    """The template's steps with `{names}` filled."""
    phases = template.phases.get(breakdown, {})
    return [_step(step, values, phases.get(step.key, step.phase)) for step in template.steps]


def _step(step: TemplateStep, values: Mapping[str, str], phase: str) -> OutlineStep:
    bound = {name: _binding(source) for name, source in step.needs.items()}
    return OutlineStep(
        key=step.key,
        name=_filled(step.name, values)[:_LONGEST_NAME],
        description=_filled(step.description, values),
        task_type=TaskType.LLM_CALL if step.tokens and not step.tool else _type(step),
        category=step.category,
        phase=phase,
        tool=step.tool,
        depends_on=_dependencies(step),
        inputs=_filled(step.inputs, values) | bound,
        duration=ThreePoint(*(60 * minutes for minutes in step.minutes)),
        tokens=ThreePoint(*step.tokens) if step.tokens else None,
        success_criteria=[_filled(text, values) for text in step.success],
        required_capabilities=step.capabilities,
        alternatives=step.alternative_tools,
        compensation=step.compensation,
        retry_policy=step.retry,
        optional=step.optional,
        irreversible=step.irreversible,
    )


def _type(step: TemplateStep) -> TaskType:
    return TaskType.TOOL_CALL if step.tool else TaskType.ATOMIC


def _dependencies(step: TemplateStep) -> list[OutlineDependency]:
    data = [
        OutlineDependency(
            key=source.partition(".")[0],
            kind=DependencyKind.DATA,
            output=source.partition(".")[2] or "output",
            input=name,
        )
        for name, source in step.needs.items()
    ]
    conditional = [
        OutlineDependency(key=key, kind=DependencyKind.CONDITIONAL, condition=condition)
        for key, condition in step.only_if.items()
    ]
    named = {dependency.key for dependency in (*data, *conditional)}
    return [OutlineDependency(key=key) for key in step.after if key not in named] + data + conditional


def _binding(source: str) -> str:
    key, _, path = source.partition(".")
    return f"${{{key}.output.{path}}}" if path else f"${{{key}.output}}"


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _HOLE.sub(lambda hole: values.get(hole[1], hole[0]), value)
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    if isinstance(value, dict):
        return {key: _filled(item, values) for key, item in value.items()}
    return value


def _tidy(text: str) -> str:
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    # A binding or secret reference in a goal would be obeyed later; here it is only text.
    harmless = _SECRET.sub("secret: ", line).translate(_BRACES)
    return harmless[:_LONGEST].strip(" ,;:")
