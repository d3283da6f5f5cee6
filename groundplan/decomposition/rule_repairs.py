"""Mending an outline by rules, where the findings leave no doubt what to do. Nobody is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from groundplan.domain.errors import ErrorCode
from groundplan.domain.findings import Finding
from groundplan.domain.outline import BINDING, Outline, OutlineStep

MENDABLE = frozenset({ErrorCode.DEPENDENCY_MISSING, ErrorCode.DEPENDENCY_CYCLE, ErrorCode.BINDING_INVALID})
"""The findings that rules can mend: waits for nobody, circular waits, inputs from outputs that cannot be there."""


def mend(outline: Outline, findings: Sequence[Finding]) -> tuple[Outline, list[str]]:
    """The outline without what the findings of these codes are about, and what was dropped, in words.

    Waits and bindings on a step that is not there, or on the step itself, are dropped. If steps wait for each
    other, so are those on later steps: what is left goes forward, and so has no cycle. An outline in which
    nothing was dropped comes back as it is.
    """
    codes = {finding.code for finding in findings} & MENDABLE
    if not codes:
        return outline, []
    position: dict[str, int] = {}
    for index, step in enumerate(outline.steps):
        position.setdefault(step.key, index)
    forward_only = ErrorCode.DEPENDENCY_CYCLE in codes
    dropped: list[str] = []
    steps = [_mended(step, index, position, forward_only, dropped) for index, step in enumerate(outline.steps)]
    return (outline.model_copy(update={"steps": steps}), dropped) if dropped else (outline, [])


def _mended(
    step: OutlineStep, index: int, position: dict[str, int], forward_only: bool, dropped: list[str]
) -> OutlineStep:
    def can_be_waited_for(key: str) -> bool:
        before = position.get(key, index)
        return before < index if forward_only else before != index

    waits = [wait for wait in step.depends_on if can_be_waited_for(wait.key)]
    inputs = {name: value for name, value in step.inputs.items() if _is_bound_well(value, can_be_waited_for)}
    gone = [wait.key for wait in step.depends_on if wait not in waits]
    dropped += [f"step {step.key!r} no longer waits for {key!r}" for key in gone]
    dropped += [f"step {step.key!r} lost its input {name!r}" for name in step.inputs if name not in inputs]
    return step.model_copy(update={"depends_on": waits, "inputs": inputs})


def _is_bound_well(value: object, can_be_waited_for: Callable[[str], bool]) -> bool:
    return all(can_be_waited_for(found[1]) for found in BINDING.finditer(json.dumps(value, ensure_ascii=False)))
