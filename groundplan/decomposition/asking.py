"""Asking a model once, within bounds, and keeping what it says before anybody uses it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.runs import ModelAnswer
from groundplan.domain.settings import ModelLimits
from groundplan.stores.protocols import ModelAnswers

_CUT_OFF = frozenset({"length", "max_tokens", "MAX_TOKENS"})
_SILENCE = "Is the model's server busy or stuck? Raise GROUNDPLAN_MODEL_TIMEOUT_SECONDS if it is only slow."


@dataclass
class Budget:
    """What one planning run may still ask: calls and tokens, those of answers that were kept included."""

    limits: ModelLimits
    calls: int = 0
    tokens: int = 0
    latency_ms: float = 0.0

    def check(self) -> None:
        """Raises E5106 when nothing is left."""
        if self.calls >= self.limits.max_calls or self.tokens >= self.limits.max_tokens:
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
    """A model and where its answers are kept, for one planning run."""

    model: BaseChatModel
    model_name: str
    answers: ModelAnswers
    run_id: str
    budget: Budget = field(default_factory=lambda: Budget(ModelLimits()))

    async def ask(self, messages: Sequence[BaseMessage], schema: dict[str, Any]) -> ModelAnswer:
        """The model's answer to these messages, in the form of `schema`; from the store if it was given before.

        Raises:
            PlanningError: E5102 if the model is not there, E5103 if it is silent, E5106 if the run's bounds
                are reached.
        """
        self.budget.check()
        key = _key(self.model_name, messages, schema)
        kept = await self.answers.get(self.run_id, key)
        if kept is None:
            kept = await self._asked(messages, schema)
            await self.answers.put(self.run_id, key, kept)
        self.budget.spend(kept)
        return kept

    async def _asked(self, messages: Sequence[BaseMessage], schema: dict[str, Any]) -> ModelAnswer:
        limits, start = self.budget.limits, time.perf_counter()
        runnable = _held_to(self.model, schema, limits)
        try:
            async with asyncio.timeout(limits.timeout_seconds):
                message = await runnable.ainvoke(list(messages))
        except TimeoutError as error:
            raise PlanningError(
                ErrorCode.MODEL_TIMEOUT,
                f"Model {self.model_name!r} did not answer within {limits.timeout_seconds:g} s",
                recovery_suggestion=_SILENCE,
            ) from error
        except (PlanningError, AssertionError):  # a test's script that is over is no absent model
            raise
        except Exception as error:
            raise _unavailable(self.model_name, error) from error
        return _answer(message, self.model_name, 1000 * (time.perf_counter() - start))


def is_cut_off(answer: ModelAnswer) -> bool:
    """Whether the model stopped because it ran out of tokens: such an answer may look whole and is not."""
    return answer.finish in _CUT_OFF


def _held_to(model: BaseChatModel, schema: dict[str, Any], limits: ModelLimits) -> Any:
    """The model, bound to the schema in the way it offers.

    Ollama takes the schema as `format`. Others get it by `with_structured_output`, if they have that; the
    raw message is used either way, so that what they say can be kept and repaired.
    """
    if type(model).__name__ == "ChatOllama":
        limited = {} if getattr(model, "num_predict", None) else {"num_predict": limits.num_predict}
        return model.model_copy(update=limited).bind(format=schema)
    if type(model).with_structured_output is BaseChatModel.with_structured_output:
        return model
    return model.with_structured_output(schema, include_raw=True)


def _answer(said: Any, model_name: str, latency_ms: float) -> ModelAnswer:
    message = said["raw"] if isinstance(said, dict) else said
    metadata = message.response_metadata or {}
    finish = metadata.get("done_reason") or metadata.get("finish_reason") or metadata.get("stop_reason") or "stop"
    usage = getattr(message, "usage_metadata", None) or {}
    return ModelAnswer(
        text=_text(message),
        model=str(metadata.get("model") or metadata.get("model_name") or model_name),
        finish=str(finish),
        input_tokens=int(usage.get("input_tokens", 0)),
        output_tokens=int(usage.get("output_tokens", 0)),
        latency_ms=latency_ms,
    )


def _text(message: BaseMessage) -> str:
    if isinstance(message, AIMessage) and message.tool_calls and not message.text:
        return json.dumps(message.tool_calls[0]["args"])
    return str(message.text)


def _key(model_name: str, messages: Sequence[BaseMessage], schema: dict[str, Any]) -> str:
    said = [[message.type, str(message.text)] for message in messages]
    return hashlib.sha256(json.dumps([model_name, said, schema], sort_keys=True).encode()).hexdigest()


def _unavailable(model_name: str, error: Exception) -> PlanningError:
    missing = getattr(error, "status_code", None) == 404
    what = "is not there" if missing else f"cannot be asked ({type(error).__name__})"
    name = model_name.removeprefix("ollama:")
    return PlanningError(
        ErrorCode.MODEL_UNAVAILABLE,
        f"Model {model_name!r} {what}",
        details={"model": model_name, "error": type(error).__name__},
        recovery_suggestion=f"ollama pull {name}"
        if missing
        else "Start the model's server (`ollama serve`), check OLLAMA_HOST, then resume the run.",
        retryable=True,
    )
