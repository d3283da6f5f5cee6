"""Putting the parts of a step in its place, so that the order around it stays."""

from __future__ import annotations

from collections.abc import Sequence

from groundplan.domain.outline import OutlineDependency, OutlineStep


def replaced(steps: Sequence[OutlineStep], key: str, parts: Sequence[OutlineStep]) -> list[OutlineStep]:
    """The steps with the one of this key replaced by its parts.

    Parts that wait for no other part wait for what the step waited for; whoever waited for the step waits
    for the parts that no other part waits for.
    """
    whole = next(step for step in steps if step.key == key)
    inner = {part.key for part in parts}
    waited_for = {dependency.key for part in parts for dependency in part.depends_on}
    ends = [OutlineDependency(key=part.key) for part in parts if part.key not in waited_for]
    result: list[OutlineStep] = []
    for step in steps:
        if step.key == key:
            result.extend(_entered(part, whole, inner) for part in parts)
        elif any(dependency.key == key for dependency in step.depends_on):
            kept = [dependency for dependency in step.depends_on if dependency.key != key]
            result.append(step.model_copy(update={"depends_on": [*kept, *ends]}))
        else:
            result.append(step)
    return result


def _entered(part: OutlineStep, whole: OutlineStep, inner: set[str]) -> OutlineStep:
    update: dict[str, object] = {"phase": part.phase or whole.phase or whole.name[:200]}
    if not any(dependency.key in inner for dependency in part.depends_on):
        update["depends_on"] = list(whole.depends_on)
    return part.model_copy(update=update)
