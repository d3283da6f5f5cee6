"""Reading a model's answer: from text to an outline, or to errors that the model can mend."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from groundplan.decomposition.json_in_text import object_in
from groundplan.decomposition.schema import AnsweredPlan, AnsweredStep
from groundplan.domain.outline import OutlineDependency, OutlineStep
from groundplan.domain.resources import ThreePoint
from groundplan.domain.task import TaskType
from groundplan.domain.tools import ToolSpec

_MOST_ERRORS = 8


@dataclass(frozen=True)
class Reading:
    """What came of an answer: steps, what was mended without asking, and what only the model can mend."""

    steps: tuple[AnsweredStep, ...] = ()
    mended: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass
class _Notes:
    mended: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def read_answer(
    text: str, cut_off: bool, *, tools: Sequence[ToolSpec], max_steps: int, capabilities: Collection[str] = ()
) -> Reading:
    """The steps of an answer, with what is plainly wrong mended: numbers, waits for what cannot be waited for,
    capabilities that nobody asked for or has.
    """
    if cut_off:
        return Reading(errors=(f"It was cut off. Use at most {max(2, max_steps // 2)} steps and shorter texts.",))
    found = object_in(text, "steps")
    if found is None:
        return Reading(errors=("It is not one JSON object.",))
    try:
        answered = AnsweredPlan.model_validate(found)
    except ValidationError as error:
        return Reading(errors=tuple(_in_words(error)))
    if len(answered.steps) > max_steps:
        return Reading(errors=(f"It has {len(answered.steps)} steps; at most {max_steps} are allowed.",))
    notes = _Notes()
    steps = _linked(_known_tools(_numbered(answered.steps, notes), tools, notes), notes)
    steps = [_within(step, capabilities) for step in steps]
    return Reading(tuple(steps), tuple(notes.mended), tuple(notes.errors))


def without_unknown_tools(steps: Iterable[AnsweredStep], tools: Sequence[ToolSpec]) -> list[AnsweredStep]:
    """The steps, those with a tool that nobody offers without it: the last resort when the model insists."""
    known = {spec.name for spec in tools}
    return [step if step.tool in known else step.model_copy(update={"tool": None}) for step in steps]


def outline_steps(steps: Iterable[AnsweredStep], prefix: str = "s") -> list[OutlineStep]:
    """The answered steps as steps of an outline, keyed by prefix and number."""
    return [_step(step, prefix) for step in steps]


def _step(step: AnsweredStep, prefix: str) -> OutlineStep:
    likely = step.minutes * 60
    return OutlineStep(
        key=f"{prefix}{step.number}",
        name=_plain(step.name),
        description=_plain(step.description),
        phase=_plain(step.phase),
        task_type=TaskType.TOOL_CALL if step.tool else TaskType.ATOMIC,
        tool=step.tool,
        inputs=step.inputs,
        depends_on=[OutlineDependency(key=f"{prefix}{number}") for number in step.depends_on],
        duration=ThreePoint(likely * 0.5, likely, likely * 2) if likely else None,
        success_criteria=[_plain(step.success)] if step.success.strip() else [],
        required_capabilities=step.capabilities,
    )


def _plain(text: str) -> str:
    """The text on one line, without control characters, which a prompt or terminal might obey."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split()) or "…"[: len(text)]


def _in_words(error: ValidationError) -> list[str]:
    problems = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False)]
    return problems[:_MOST_ERRORS]


def _numbered(steps: Sequence[AnsweredStep], notes: _Notes) -> list[AnsweredStep]:
    numbers = [step.number for step in steps]
    if numbers == list(range(1, len(steps) + 1)):
        return list(steps)
    notes.mended.append("steps were numbered anew")
    position = {number: index for index, number in reversed(list(enumerate(numbers, start=1)))}
    return [
        step.model_copy(
            update={"number": index, "depends_on": [position.get(number, number) for number in step.depends_on]}
        )
        for index, step in enumerate(steps, start=1)
    ]


def _known_tools(steps: Sequence[AnsweredStep], tools: Sequence[ToolSpec], notes: _Notes) -> list[AnsweredStep]:
    known = {spec.name for spec in tools}
    for step in steps:
        if step.tool is not None and step.tool not in known:
            offered = ", ".join(sorted(known)) or "there are none, use null"
            notes.errors.append(f"Step {step.number}: there is no tool {step.tool!r}. Tools: {offered}.")
    return list(steps)


def _linked(steps: Sequence[AnsweredStep], notes: _Notes) -> list[AnsweredStep]:
    """The steps without waits for themselves, for later ones, or for what is not there: so there is no cycle."""
    linked = []
    for step in steps:
        waits = sorted({number for number in step.depends_on if 1 <= number < step.number})
        if waits != sorted(set(step.depends_on)):
            notes.mended.append(f"step {step.number} waited for what does not come before it")
        linked.append(step.model_copy(update={"depends_on": waits}))
    return linked


def _within(step: AnsweredStep, capabilities: Collection[str]) -> AnsweredStep:
    offered = [capability for capability in dict.fromkeys(step.capabilities) if capability in capabilities]
    return step.model_copy(update={"capabilities": offered})
