"""From a goal to an outline by a language model: ask, read, show it its errors, break compound steps down."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from groundplan.decomposition.asking import Asker, is_cut_off
from groundplan.decomposition.conversation import Conversation, as_answer, in_words
from groundplan.decomposition.expansion import replaced
from groundplan.decomposition.fences import fence_of
from groundplan.decomposition.reading import Reading, outline_steps, read_answer, without_unknown_tools
from groundplan.decomposition.rule_repairs import MENDABLE, mend
from groundplan.decomposition.schema import AnsweredStep, answer_schema
from groundplan.decomposition.surroundings import breakdown_text, surroundings_text
from groundplan.domain.agents import AgentCapability
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.findings import ValidationResult
from groundplan.domain.goal import Goal
from groundplan.domain.outline import Origin, Outline, OutlineStep
from groundplan.domain.settings import PlannerSettings
from groundplan.domain.tools import ToolSpec
from groundplan.prompts import render

_STEPS_OF_A_STEP = 6
_TOKENS_OF_A_STEP = 100
"""What a step of an answer takes, with room to spare: small models need 70 to 75, white space included."""

_LEAVES_THE_STEP_WHOLE = frozenset(
    {ErrorCode.MODEL_ANSWER_UNUSABLE, ErrorCode.MODEL_ANSWER_CUT_OFF, ErrorCode.MODEL_BUDGET_EXCEEDED}
)


@dataclass(frozen=True)
class Decomposer:
    """Breaks goals down for one planning run. `tried` collects what was mended or asked again, for people."""

    asker: Asker
    settings: PlannerSettings
    tools: Sequence[ToolSpec] = ()
    agents: Sequence[AgentCapability] = ()
    notes: str = ""
    tried: list[str] = field(default_factory=list)

    async def decompose(self, goal: Goal) -> Outline:
        """An outline of the goal.

        Raises:
            PlanningError: E5102–E5106 for what goes wrong with the model.
        """
        answered = await self._answered(self._about(goal), goal, self._most_at_once)
        room = self.settings.model.max_steps - len(answered)
        return self._outline(goal, await self._expanded(answered, goal, "s", depth=1, room=room))

    async def repair(self, goal: Goal, outline: Outline, findings: ValidationResult) -> Outline:
        """The outline, mended by rules if they are enough for these errors, else by the model, which is shown its
        plan and the errors.

        Raises:
            PlanningError: E5102–E5106 for what goes wrong with the model.
        """
        mended, dropped = mend(outline, findings.errors)
        self.tried.extend(dropped)
        if dropped and all(finding.code in MENDABLE for finding in findings.errors):
            return self._outline(goal, mended.steps)
        errors = in_words(findings.errors)
        self.tried.append(f"asked the model again: {errors[0]}")
        shown = (as_answer(mended), errors)
        answered = await self._answered(self._about(goal), goal, self._most_at_once, shown=shown)
        return self._outline(goal, outline_steps(answered))

    @property
    def _most_at_once(self) -> int:
        """How many steps one answer can hold: more would be cut off."""
        limits = self.settings.model
        return min(limits.max_steps, max(2, limits.num_predict // _TOKENS_OF_A_STEP))

    @property
    def _fence(self) -> str:
        return fence_of(self.asker.run_id)

    def _about(self, goal: Goal) -> Conversation:
        values = {"goal": goal.goal_text, "fence": self._fence, "surroundings": self._surroundings(goal)}
        return self._conversation(goal, render("decompose_goal", values), self._most_at_once)

    def _conversation(self, goal: Goal, question: str, most: int) -> Conversation:
        values = {"max_steps": str(most), "breakdown": breakdown_text(goal), "fence": self._fence}
        return Conversation(render("decompose_system", values), question)

    def _surroundings(self, goal: Goal) -> str:
        return surroundings_text(goal, self._tools_for(goal), self.agents, self.notes)

    def _tools_for(self, goal: Goal) -> list[ToolSpec]:
        return [spec for spec in self.tools if spec.name not in goal.constraints.forbidden_tools]

    def _capabilities_for(self, goal: Goal) -> list[str]:
        limits = goal.constraints
        offered = [*limits.required_capabilities, *itertools.chain(*(agent.capabilities for agent in self.agents))]
        return [one for one in dict.fromkeys(offered) if one not in limits.forbidden_capabilities]

    async def _answered(
        self, about: Conversation, goal: Goal, most: int, shown: tuple[str, list[str]] | None = None
    ) -> list[AnsweredStep]:
        """The steps that the model gives, asked until they can be read or the bounds are reached.

        `shown` is an earlier answer with its errors, if there is one.
        """
        tools, capabilities = self._tools_for(goal), self._capabilities_for(goal)
        schema = answer_schema(tools, most, capabilities)
        messages = about.correction(*shown) if shown else about.opening()
        reading, cut_off = Reading(), False
        for _ in range(self.settings.max_repairs + 1):
            if reading.steps and self.asker.budget.is_spent:
                break
            answer = await self.asker.ask(messages, schema)
            cut_off = is_cut_off(answer)
            reading = read_answer(answer.text, cut_off, tools=tools, max_steps=most, capabilities=capabilities)
            self.tried.extend(reading.mended)
            if not reading.errors:
                return list(reading.steps)
            self.tried.append(f"asked again: {reading.errors[0]}")
            messages = about.correction(answer.text, reading.errors)
        if reading.steps:
            self.tried.append("unknown tools were left out")
            return without_unknown_tools(reading.steps, tools)
        raise self._unusable(reading, cut_off)

    async def _expanded(
        self, answered: Sequence[AnsweredStep], goal: Goal, prefix: str, *, depth: int, room: int
    ) -> list[OutlineStep]:
        """The steps, compound ones replaced by smaller ones as long as depth, room and budget allow."""
        steps = outline_steps(answered, prefix)
        for step, plain in zip(answered, list(steps), strict=True):
            if not step.compound or step.tool or depth > self.settings.model.max_depth or room < 1:
                continue
            parts = await self._parts(step, goal, plain.key, depth=depth, room=room)
            if parts:
                room -= len(parts) - 1
                steps = replaced(steps, plain.key, parts)
        return steps

    async def _parts(self, step: AnsweredStep, goal: Goal, key: str, *, depth: int, room: int) -> list[OutlineStep]:
        """The smaller steps of a step; none if the model finds none within the bounds: then it stays whole."""
        if self.asker.budget.is_spent:
            return []
        most = min(_STEPS_OF_A_STEP, self._most_at_once, room + 1)
        values = {
            "max_steps": str(most),
            "goal": f"{step.name}. {step.description}\n(of the larger goal: {goal.goal_text[:2000]})",
            "fence": self._fence,
            "surroundings": self._surroundings(goal),
        }
        about = self._conversation(goal, render("decompose_step", values), most)
        try:
            answered = await self._answered(about, goal, most)
        except PlanningError as error:
            if error.code not in _LEAVES_THE_STEP_WHOLE:
                raise
            self.tried.append(f"step {key!r} stayed whole: {error}")
            return []
        return await self._expanded(answered, goal, f"{key}.", depth=depth + 1, room=room - len(answered) + 1)

    def _outline(self, goal: Goal, steps: Sequence[OutlineStep]) -> Outline:
        budget = self.asker.budget
        origin = Origin(
            strategy="llm",
            model=self.asker.model_name,
            calls=budget.calls,
            tokens=budget.tokens,
            latency_ms=budget.latency_ms,
            reason="; ".join(self.tried)[:2000],
        )
        return Outline(title=goal.goal_text[:200], steps=list(steps), origin=origin)

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
