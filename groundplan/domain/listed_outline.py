"""Steps that a goal lists, as an outline."""

from __future__ import annotations

from groundplan.domain.outline import Origin, Outline, OutlineDependency, OutlineStep
from groundplan.domain.resources import ThreePoint
from groundplan.domain.step_list import ListedStep, StepList
from groundplan.domain.task import DependencyKind

_NAME_LENGTH = 200


def outline_of_steps(listed: StepList) -> Outline:
    """The listed steps, as written: each text becomes a name, whole in the description if it is long."""
    return Outline(
        title=listed.title[:_NAME_LENGTH],
        steps=[_step(step) for step in listed.steps],
        origin=Origin(strategy="numbered", reason=listed.reason),
    )


def _step(step: ListedStep) -> OutlineStep:
    short = len(step.text) <= _NAME_LENGTH
    duration = None
    if step.duration is not None:
        low, high = step.duration.low, step.duration.high
        duration = ThreePoint(low, (low + high) / 2, high)
    return OutlineStep(
        key=step.key,
        name=step.text if short else step.text[: _NAME_LENGTH - 1] + "…",
        description="" if short else step.text,
        phase=(step.parent or "")[:_NAME_LENGTH],
        depends_on=[_dependency(key, step) for key in step.depends_on],
        duration=duration,
    )


def _dependency(key: str, step: ListedStep) -> OutlineDependency:
    if key in step.data_from:
        return OutlineDependency(key=key, kind=DependencyKind.DATA, output="result", input=f"result_of_{key}")
    return OutlineDependency(key=key, order_only=step.follows)
