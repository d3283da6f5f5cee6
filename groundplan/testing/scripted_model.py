"""A chat model that says what you wrote down: answers, delays, failures, cut-off output."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict, Field, PrivateAttr


@dataclass(frozen=True)
class Turn:
    """What the model does when it is asked once.

    `answer` is text, or anything that is said as JSON. It comes after `delay_s` seconds (`float("inf")`: never),
    or `error` is raised instead. `finish` is the model's reason to stop: `length` for an answer that was cut off.
    """

    answer: Any = ""
    delay_s: float = 0.0
    error: Exception | None = None
    finish: str = "stop"
    input_tokens: int = 100
    output_tokens: int = field(default=50)

    @property
    def text(self) -> str:
        return self.answer if isinstance(self.answer, str) else json.dumps(self.answer)


class ScriptExhausted(AssertionError):
    """The model was asked more often than the script has turns."""


class ScriptedChatModel(BaseChatModel):
    """Plays `turns` one after the other, and keeps every prompt in `prompts`.

        model = ScriptedChatModel(turns=["no JSON at all", {"steps": […]}])

    A turn is a `Turn`, its fields as a dictionary with the key `answer` (or `error`), or just the answer.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    turns: Sequence[Any] = Field(default_factory=list)
    model: str = "scripted"
    _prompts: list[list[BaseMessage]] = PrivateAttr(default_factory=list)

    @property
    def prompts(self) -> list[list[BaseMessage]]:
        """The messages of every call so far."""
        return self._prompts

    @property
    def calls(self) -> int:
        """How often the model was asked."""
        return len(self._prompts)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        turn = self._next(messages)
        time.sleep(turn.delay_s)
        return self._said(turn)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        turn = self._next(messages)
        if turn.delay_s == float("inf"):
            await asyncio.Event().wait()
        await asyncio.sleep(turn.delay_s)
        return self._said(turn)

    def _next(self, messages: list[BaseMessage]) -> Turn:
        self._prompts.append(list(messages))
        if len(self._prompts) > len(self.turns):
            raise ScriptExhausted(f"asked {len(self._prompts)} times, the script has {len(self.turns)} turns")
        return _as_turn(self.turns[len(self._prompts) - 1])

    def _said(self, turn: Turn) -> ChatResult:
        if turn.error is not None:
            raise turn.error
        message = AIMessage(
            turn.text,
            response_metadata={"done_reason": turn.finish, "model": self.model},
            usage_metadata={
                "input_tokens": turn.input_tokens,
                "output_tokens": turn.output_tokens,
                "total_tokens": turn.input_tokens + turn.output_tokens,
            },
        )
        return ChatResult(generations=[ChatGeneration(message=message)])


def _as_turn(given: Any) -> Turn:
    if isinstance(given, Turn):
        return given
    if isinstance(given, Exception):
        return Turn(error=given)
    if isinstance(given, dict) and given.keys() & {"answer", "error"}:
        return Turn(**given)
    return Turn(answer=given)
