"""Another way for the rest of a plan: by a model, within bounds, and by rules where it has no answer that can be used.

situation → question → answer → operations → patch → checked like any plan ─ ok → proposal
               ↑                                          │ errors, shown to the model
               └──────────────────────────────────────────┘
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from langchain_core.language_models import BaseChatModel
from pydantic import Field

from groundplan.decomposition.asking import Asker, Budget, is_cut_off
from groundplan.decomposition.conversation import Conversation
from groundplan.decomposition.quoting import quoted, unfenced
from groundplan.decomposition.replan_answer import changes_schema, read_changes
from groundplan.decomposition.replan_material import (
    PlanView,
    failures_text,
    left_text,
    plan_text,
    request_text,
    results_text,
)
from groundplan.decomposition.replan_patch import Offer, PatchReading, patch_from
from groundplan.decomposition.surroundings import breakdown_text, surroundings_text
from groundplan.domain.editing import replanned_outline
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.frozen import Frozen
from groundplan.domain.goal import Breakdown, DecompositionStrategy, Goal
from groundplan.domain.ledger import TaskState
from groundplan.domain.outline import Origin
from groundplan.domain.patch import PlanPatch
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.replanning import check_patch, propose_by_rules
from groundplan.domain.sanitizer import Policy, sanitize_text
from groundplan.domain.settings import ModelLimits
from groundplan.domain.tools import ToolSpec
from groundplan.domain.validation import Surroundings
from groundplan.prompts import render
from groundplan.stores.protocols import ModelAnswers

_MODEL_TROUBLE = frozenset(
    {
        ErrorCode.MODEL_UNAVAILABLE,
        ErrorCode.MODEL_TIMEOUT,
        ErrorCode.MODEL_ANSWER_UNUSABLE,
        ErrorCode.MODEL_ANSWER_CUT_OFF,
        ErrorCode.MODEL_BUDGET_EXCEEDED,
    }
)
_MENDABLE = frozenset(
    {
        ErrorCode.VALIDATION_FAILED,
        ErrorCode.FINISHED_TASK_CHANGED,
        ErrorCode.DEPENDENCY_CYCLE,
        ErrorCode.DEPENDENCY_MISSING,
        ErrorCode.BINDING_INVALID,
        ErrorCode.RESOURCE_EXCEEDED,
    }
)


class ReplanLimits(Frozen):
    """Bounds on one replan: calls of the model, tokens in and out, seconds in all; changes of one answer; characters
    that the prompt shows of one output or error."""

    max_calls: int = Field(default=3, ge=1)
    max_tokens: int = Field(default=20_000, ge=1)
    seconds: float = Field(default=180.0, gt=0)
    max_changes: int = Field(default=8, ge=1)
    shown: int = Field(default=400, ge=20)

    def asker(
        self,
        model: BaseChatModel,
        model_name: str,
        answers: ModelAnswers,
        run_id: str,
        per_call: ModelLimits | None = None,
    ) -> Asker:
        """Who asks the model for one replan of that run. What it said before a crash is found by run and prompt."""
        bounds = {"max_calls": self.max_calls, "max_tokens": self.max_tokens}
        limits = (per_call or ModelLimits()).model_copy(update=bounds)
        return Asker(model, model_name, answers, run_id, Budget(limits))


class Situation(Protocol):
    """What a replan starts from.

    `history` are the reasons of the versions before. `asked` is what a person asked for, empty if nobody did:
    `strategy`, `breakdown`, `notes`.
    """

    @property
    def goal(self) -> Goal: ...
    @property
    def plan(self) -> ExecutionPlan: ...
    @property
    def states(self) -> Mapping[str, TaskState]: ...
    @property
    def reason(self) -> str: ...
    @property
    def history(self) -> Sequence[str]: ...
    @property
    def asked(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Replanned:
    """Another way: a patch against the plan's version that was checked, why, who thought of it, and what that took."""

    patch: PlanPatch
    why: str
    by: Literal["model", "rules"]
    calls: int = 0
    tokens: int = 0


@dataclass(frozen=True)
class _Wish:
    """What a person asked for, read."""

    by_model: bool
    goal: Goal
    notes: str


@dataclass(frozen=True)
class Replanner:
    """Finds another way for one plan, once. Without `asker`, by rules alone. `tried` collects what came to nothing."""

    around: Surroundings
    asker: Asker | None = None
    limits: ReplanLimits = field(default_factory=ReplanLimits)
    notes: str = ""
    tried: list[str] = field(default_factory=list)

    async def propose(self, situation: Situation) -> Replanned | None:
        """A patch that leaves what is over as it is; None if there is no other way.

        Raises:
            PlanningError: E5102 or E5103 (retryable) if rules see no way and the model could not be asked; E5004 if
                what a person added is refused; E5600 if they asked for a strategy or breakdown that there is not.
        """
        wish = _read_wish(situation)
        trouble: PlanningError | None = None
        if self.asker is not None and wish.by_model:
            try:
                async with asyncio.timeout(self.limits.seconds):
                    return await self._by_model(self.asker, situation, wish)
            except TimeoutError:
                trouble = self._too_late()
            except PlanningError as error:
                if error.code not in _MODEL_TROUBLE:
                    raise
                trouble = error
            self.tried.append(str(trouble))
        found = self._by_rules(situation)
        if found is None and trouble is not None and trouble.retryable:
            raise trouble
        return found

    def _by_rules(self, situation: Situation) -> Replanned | None:
        found = propose_by_rules(situation.plan, situation.states, self.around)
        if found is None:
            return None
        check_patch(situation.plan, found.patch, situation.states)
        return Replanned(patch=found.patch, why="; ".join([found.why, *self.tried])[:2000], by="rules", **self._spent())

    async def _by_model(self, asker: Asker, situation: Situation, wish: _Wish) -> Replanned:
        view = PlanView(situation.plan, situation.states)
        offer = self._offer(wish.goal, by_request=bool(situation.asked))
        schema = changes_schema(list(offer.tools.values()), self.limits.max_changes, list(offer.capabilities))
        about = self._about(situation, wish, view, offer)
        messages, errors, cut_off = about.opening(), list[str](), False
        for _ in range(self.limits.max_calls):
            answer = await asker.ask(messages, schema)
            cut_off = is_cut_off(answer)
            reading = read_changes(answer.text, cut_off, most=self.limits.max_changes)
            made = patch_from(reading.changes, view, offer) if not reading.errors else PatchReading()
            errors = [*reading.errors, *made.errors] or self._misfits(situation, made.patch, view)
            if not errors:
                why = reading.why or "the model gave no reason"
                return Replanned(patch=made.patch, why=why, by="model", **self._spent())
            self.tried.append(f"the model's answer was refused: {errors[0]}")
            messages = about.correction(answer.text, errors)
        raise _unusable(asker, errors, cut_off)

    def _misfits(self, situation: Situation, patch: PlanPatch, view: PlanView) -> list[str]:
        """What is wrong with the plan that the patch would make, by the numbers of its steps."""
        try:
            check_patch(situation.plan, patch, situation.states)
            replanned_outline(situation.plan, patch, Origin(strategy="replan"), self.around)
        except PlanningError as error:
            if error.code not in _MENDABLE:
                raise
            return _in_numbers(error, patch, view)
        return []

    def _offer(self, goal: Goal, *, by_request: bool) -> Offer:
        limits = goal.constraints
        capabilities = itertools.chain(*(agent.capabilities for agent in self.around.agents))
        return Offer(
            tools={name: tool for name, tool in self.around.tools.items() if name not in limits.forbidden_tools},
            capabilities=[one for one in dict.fromkeys(capabilities) if one not in limits.forbidden_capabilities],
            may_drop_required=by_request,
        )

    def _about(self, situation: Situation, wish: _Wish, view: PlanView, offer: Offer) -> Conversation:
        shown = self.limits.shown
        rules = {
            "max_changes": str(self.limits.max_changes),
            "next_number": str(len(view.tasks) + 1),
            "droppable": "steps that the new ones make needless may be dropped"
            if offer.may_drop_required
            else "only optional steps can be",
            "to_mend": _to_mend(view),
            "breakdown": breakdown_text(wish.goal),
        }
        material = {
            "goal": quoted(wish.goal.goal_text, 4_000),
            "plan": plan_text(view),
            "results": results_text(view, shown),
            "failures": failures_text(view, shown),
            "request": request_text(situation.reason, situation.history, wish.notes, shown),
            "surroundings": self._surroundings(wish.goal, view, list(offer.tools.values())),
        }
        return Conversation(render("replan_system", rules), render("replan", material))

    def _surroundings(self, goal: Goal, view: PlanView, tools: Sequence[ToolSpec]) -> str:
        left = left_text(goal, view, self.around.now)
        told = surroundings_text(goal, tools, self.around.agents, self.notes)
        return unfenced(f"{told}\n\n{left}".strip())

    def _spent(self) -> dict[str, int]:
        budget = self.asker.budget if self.asker is not None else None
        return {"calls": budget.calls, "tokens": budget.tokens} if budget is not None else {}

    def _too_late(self) -> PlanningError:
        return PlanningError(
            ErrorCode.MODEL_TIMEOUT,
            f"The model had no other way for the plan within {self.limits.seconds:g} s",
            recovery_suggestion="Resume the run to ask it again; what it has answered is kept.",
        )


def _read_wish(situation: Situation) -> _Wish:
    asked = situation.asked
    try:
        strategy = DecompositionStrategy(asked.get("strategy") or DecompositionStrategy.HYBRID)
        breakdown = Breakdown(asked.get("breakdown") or situation.goal.breakdown)
    except ValueError as error:
        raise PlanningError(
            ErrorCode.VALIDATION_FAILED,
            f"The plan cannot be made anew like this: {error}",
            details={"errors": [str(error)]},
            recovery_suggestion=f"Strategies: {', '.join(DecompositionStrategy)}. Breakdowns: {', '.join(Breakdown)}.",
        ) from error
    notes = str(asked.get("notes") or "")
    return _Wish(
        by_model=strategy is not DecompositionStrategy.TEMPLATE,
        goal=situation.goal.model_copy(update={"breakdown": breakdown}),
        notes=sanitize_text(notes, Policy.PROSE, what="notes") if notes.strip() else "",
    )


def _to_mend(view: PlanView) -> str:
    required = [str(view.number[task.task_id]) for task in view.failed if not task.optional]
    if not required:
        return "No step failed: change what the request is about."
    return (
        f"These steps failed and must each be replaced: {', '.join(required)}. Give another tool, other inputs, or "
        f"let it depend on a new step that removes the cause. The same again is no other way."
    )


def _in_numbers(error: PlanningError, patch: PlanPatch, view: PlanView) -> list[str]:
    """What is wrong, as the model is told it: tasks by their numbers."""
    places = [task.task_id for task in view.plan.tasks if task.task_id not in patch.remove]
    places += [task.task_id for task in patch.add]
    names = {task_id: f"step {number}" for task_id, number in view.number.items()}
    names |= {task.task_id: f"the new step {task.name!r}" for task in patch.add}
    found = [_told(one, places, names) for one in error.details.get("errors", ())] or [error.message]
    for task_id in sorted(names, key=len, reverse=True):
        found = [text.replace(repr(task_id), names[task_id]) for text in found]
    return found


def _told(finding: Any, places: Sequence[str], names: Mapping[str, str]) -> str:
    if not isinstance(finding, Mapping):
        return str(finding)
    path, place = str(finding["path"]), "The plan"
    if path.startswith("tasks[") and (index := path[6:].split("]")[0]).isdecimal() and int(index) < len(places):
        place = names[places[int(index)]].capitalize() + path.partition("]")[2].replace(".", ", ", 1)
    return f"{place}: {finding['message']}. {finding['suggestion']}".strip()


def _unusable(asker: Asker, errors: Sequence[str], cut_off: bool) -> PlanningError:
    what = "was cut off every time" if cut_off else f"cannot be used: {errors[0]}"
    return PlanningError(
        ErrorCode.MODEL_ANSWER_CUT_OFF if cut_off else ErrorCode.MODEL_ANSWER_UNUSABLE,
        f"What model {asker.model_name!r} answered for another way {what}",
        details={"errors": list(errors), "calls": asker.budget.calls},
        recovery_suggestion="Use a stronger model, declare alternative tools, or edit the plan.",
    )
