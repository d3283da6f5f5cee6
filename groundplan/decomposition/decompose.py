"""From a goal to an outline by a language model: ask, read, show it its errors, break compound steps down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from groundplan.decomposition.asking import Asker, is_cut_off
from groundplan.decomposition.reading import Reading, outline_steps, read_answer, without_unknown_tools
from groundplan.decomposition.schema import AnsweredStep, answer_schema
from groundplan.decomposition.surroundings import breakdown_text, fenced, surroundings_text
from groundplan.domain.agents import AgentCapability
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.goal import Goal
from groundplan.domain.outline import Origin, Outline, OutlineDependency, OutlineStep
from groundplan.domain.settings import PlannerSettings
from groundplan.domain.tools import ToolSpec
from groundplan.prompts import render

_STEPS_OF_A_STEP = 6


@dataclass(frozen=True)
class Decomposer:
    """Breaks goals down for one planning run. `tried` collects what was mended or asked again, for people."""

    asker: Asker
    settings: PlannerSettings
    tools: Sequence[ToolSpec] = ()
    agents: Sequence[AgentCapability] = ()
    notes: str = ""
    tried: list[str] = field(default_factory=list)

    async def decompose(self, goal: Goal, *, told: Sequence[str] = ()) -> Outline:
        """An outline of the goal; `told` are errors of an earlier outline that this one has to avoid.

        Raises:
            PlanningError: E5102–E5106 for what goes wrong with the model.
        """
        most = self.settings.model.max_steps
        surroundings = surroundings_text(goal, self.tools, self.agents, self.notes, told)
        question = render("decompose_goal", {"goal": fenced(goal.goal_text), "surroundings": surroundings})
        answered = await self._answered(question, goal, most)
        steps = await self._expanded(answered, goal, "s", depth=1, room=most - len(answered))
        budget = self.asker.budget
        origin = Origin(
            strategy="llm",
            model=self.asker.model_name,
            calls=budget.calls,
            tokens=budget.tokens,
            latency_ms=budget.latency_ms,
            reason="; ".join(self.tried)[:2000],
        )
        return Outline(title=goal.goal_text[:200], steps=steps, origin=origin)

    async def _answered(self, question: str, goal: Goal, most: int) -> list[AnsweredStep]:
        system = render("decompose_system", {"max_steps": str(most), "breakdown": breakdown_text(goal)})
        messages: list[BaseMessage] = [SystemMessage(system), HumanMessage(question)]
        schema = answer_schema(self.tools, most)
        reading, cut_off = Reading(), False
        for _ in range(self.settings.max_repairs + 1):
            answer = await self.asker.ask(messages, schema)
            cut_off = is_cut_off(answer)
            reading = read_answer(answer.text, cut_off=cut_off, tools=self.tools, max_steps=most)
            self.tried.extend(reading.mended)
            if not reading.errors:
                return list(reading.steps)
            self.tried.append(f"asked again: {reading.errors[0]}")
            errors = "\n".join(f"- {error}" for error in reading.errors)
            messages = [
                *messages[:2],
                AIMessage(answer.text[:8000]),
                HumanMessage(render("repair_answer", {"errors": errors})),
            ]
        if reading.steps:
            self.tried.append("unknown tools were left out")
            return without_unknown_tools(reading.steps, self.tools)
        raise self._unusable(reading, cut_off)

    async def _expanded(
        self, answered: Sequence[AnsweredStep], goal: Goal, prefix: str, *, depth: int, room: int
    ) -> list[OutlineStep]:
        """The steps, compound ones replaced by smaller ones as long as depth and room allow."""
        steps = outline_steps(answered, prefix)
        for step, plain in zip(answered, list(steps), strict=True):
            if not step.compound or depth > self.settings.model.max_depth or room < 2:
                continue
            parts = await self._parts(step, goal, f"{plain.key}.", depth=depth, room=room)
            room -= len(parts) - 1
            steps = replaced(steps, plain.key, parts)
        return steps

    async def _parts(self, step: AnsweredStep, goal: Goal, prefix: str, *, depth: int, room: int) -> list[OutlineStep]:
        most = min(_STEPS_OF_A_STEP, room + 1)
        surroundings = surroundings_text(goal, self.tools, self.agents, self.notes, ())
        values = {
            "max_steps": str(most),
            "goal": fenced(f"{step.name}. {step.description}\n(of the larger goal: {goal.goal_text[:2000]})"),
            "surroundings": surroundings,
        }
        answered = await self._answered(render("decompose_step", values), goal, most)
        return await self._expanded(answered, goal, prefix, depth=depth + 1, room=room - len(answered) + 1)

    def _unusable(self, reading: Reading, cut_off: bool) -> PlanningError:
        code = ErrorCode.MODEL_ANSWER_CUT_OFF if cut_off else ErrorCode.MODEL_ANSWER_UNUSABLE
        what = "was cut off every time" if cut_off else f"cannot be used: {reading.errors[0]}"
        return PlanningError(
            code,
            f"What model {self.asker.model_name!r} answered {what}",
            details={"errors": list(reading.errors), "tried": self.tried, "calls": self.asker.budget.calls},
            recovery_suggestion="Raise GROUNDPLAN_MODEL_NUM_PREDICT or split the goal."
            if cut_off
            else "Use a stronger model, or list the goal's steps as '1. … 2. …'.",
        )


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
