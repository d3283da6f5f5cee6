"""Asking a model within the bounds of a run, and keeping what it says before anybody uses it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from groundplan.decomposition.calling import UNFINISHED, answer_of, call, options, storable_text, unavailable
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.runs import ModelAnswer, PromptMessage
from groundplan.domain.settings import ModelLimits
from groundplan.stores.protocols import ModelAnswers

_CUT_OFF = frozenset({"length", "max_tokens", "MAX_TOKENS", "incomplete", UNFINISHED})
_SILENCE = "Is the model's server busy or stuck? Raise GROUNDPLAN_MODEL_TIMEOUT_SECONDS if it is only slow."


@dataclass
class Budget:
    """What one planning run may still ask: calls and tokens, those of answers that were kept included."""

    limits: ModelLimits
    calls: int = 0
    tokens: int = 0
    latency_ms: float = 0.0

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left."""
        return self.calls >= self.limits.max_calls or self.tokens >= self.limits.max_tokens

    def check(self) -> None:
        """Raises E5106 when nothing is left."""
        if self.is_spent:
            raise PlanningError(
                ErrorCode.MODEL_BUDGET_EXCEEDED,
                f"The model was asked {self.calls} times for {self.tokens} tokens, and there is no plan yet",
                details={"calls": self.calls, "tokens": self.tokens},
                recovery_suggestion="Split the goal, list its steps, use a stronger model, "
                "or raise GROUNDPLAN_MODEL_MAX_CALLS or GROUNDPLAN_MODEL_MAX_TOKENS.",
            )

    def spend(self, answer: ModelAnswer) -> None:
        """Count one answer."""
        self.calls += 1
        self.tokens += answer.input_tokens + answer.output_tokens
        self.latency_ms += answer.latency_ms


@dataclass(frozen=True)
class Asker:
    """A model and where its answers are kept, for one planning run.

    `attempt` tells the visits of one run to the model apart: a repair that puts a question of an earlier one
    wants a new answer. Within a visit the same question is likewise new each time. A resumed run counts alike,
    so it finds the answers that it had.
    """

    model: BaseChatModel
    model_name: str
    answers: ModelAnswers
    run_id: str
    budget: Budget = field(default_factory=lambda: Budget(ModelLimits()))
    attempt: int = 0
    _asked_before: Counter[str] = field(default_factory=Counter)

    async def ask(self, messages: Sequence[BaseMessage], schema: dict[str, Any]) -> ModelAnswer:
        """The model's answer to these messages, in the form of `schema`; from the store if it was given before.

        Raises:
            PlanningError: E5102 if the model is not there, E5103 if it is silent, E5106 if the run's bounds
                are reached.
        """
        self.budget.check()
        key = self._key(messages, schema)
        kept = await self.answers.get(self.run_id, key)
        if kept is None:
            kept = await self._asked(messages, schema)
            await self.answers.put(self.run_id, key, kept)
        self.budget.spend(kept)
        return kept

    async def _asked(self, messages: Sequence[BaseMessage], schema: dict[str, Any]) -> ModelAnswer:
        limits, start, asked_at = self.budget.limits, time.perf_counter(), datetime.now(UTC)
        try:
            async with asyncio.timeout(limits.timeout_seconds):
                said = await call(self.model, messages, schema, limits)
        except TimeoutError as error:
            raise PlanningError(
                ErrorCode.MODEL_TIMEOUT,
                f"Model {self.model_name!r} did not answer within {limits.timeout_seconds:g} s",
                recovery_suggestion=_SILENCE,
            ) from error
        except (PlanningError, AssertionError):  # a test's script that is over is no absent model
            raise
        except Exception as error:
            raise unavailable(self.model, self.model_name, error) from error
        answer = answer_of(self.model, self.model_name, said, 1000 * (time.perf_counter() - start))
        return answer.model_copy(update={"prompt": as_prompt(messages), "asked_at": asked_at})

    def _key(self, messages: Sequence[BaseMessage], schema: dict[str, Any]) -> str:
        said = [[message.type, str(message.text)] for message in messages]
        question = [self.model_name, said, schema, options(self.model, self.budget.limits), self.attempt]
        asked = hashlib.sha256(json.dumps(question, sort_keys=True, default=str).encode()).hexdigest()
        self._asked_before[asked] += 1
        return asked if self._asked_before[asked] == 1 else f"{asked}-{self._asked_before[asked]}"


def as_prompt(messages: Sequence[BaseMessage]) -> list[PromptMessage]:
    """The messages as they are kept with their answer."""
    return [PromptMessage(role=message.type, content=storable_text(str(message.text))) for message in messages]


def is_cut_off(answer: ModelAnswer) -> bool:
    """Whether the answer ended before the model was done: such an answer may look whole and is not."""
    return answer.finish in _CUT_OFF
