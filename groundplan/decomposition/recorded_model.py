"""A chat model that answers what was answered before to the same prompt, and asks nobody unless it may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import ConfigDict, Field, PrivateAttr

from groundplan.decomposition.asking import as_prompt
from groundplan.decomposition.calling import call
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.runs import ModelAnswer, PromptMessage
from groundplan.domain.settings import ModelLimits


@dataclass
class RecordedAnswers:
    """Answers by prompt, those to the same prompt one after the other.

    Args:
        given: prompts and answers, in the order of asking; the prompts as they would read now.
        used: how many of those to a prompt were given out by a process before.
    """

    given: Sequence[tuple[list[PromptMessage], ModelAnswer]]
    used: Sequence[list[PromptMessage]] = ()
    _left: list[tuple[list[PromptMessage], ModelAnswer]] = field(init=False)

    def __post_init__(self) -> None:
        self._left = list(self.given)
        for prompt in self.used:
            self.take(prompt)

    def take(self, prompt: list[PromptMessage]) -> ModelAnswer | None:
        """The next answer to this prompt; None if there is none left."""
        for number, (known, answer) in enumerate(self._left):
            if known == prompt:
                del self._left[number]
                return answer
        return None


class RecordedModel(BaseChatModel):
    """Plays recorded answers; what was not recorded is asked of `live`, if that is there.

    Raises:
        PlanningError: E5213 for a prompt that was not recorded, if there is no `live`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    live: Callable[[], BaseChatModel | None] | None = None
    limits: ModelLimits = Field(default_factory=ModelLimits)
    _answers: RecordedAnswers = PrivateAttr(default_factory=lambda: RecordedAnswers(()))

    @classmethod
    def of(
        cls, answers: RecordedAnswers, live: Callable[[], BaseChatModel | None] | None, limits: ModelLimits
    ) -> RecordedModel:
        """A model that plays these answers."""
        made = cls(live=live, limits=limits)
        made._answers = answers
        return made

    @property
    def _llm_type(self) -> str:
        return "recorded"

    def with_structured_output(self, schema: Any, *, include_raw: bool = False, **_: Any) -> Runnable[Any, Any]:
        """Recorded prompts are without the schema, which every model takes in a way of its own."""

        async def answered(messages: Sequence[BaseMessage]) -> Any:
            message = await self._answer(messages, schema)
            return {"raw": message, "parsed": None, "parsing_error": None} if include_raw else message

        return RunnableLambda(answered)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError("recorded answers are given to `ainvoke`")

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002  # the signature is LangChain's
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=await self._answer(messages, {}))])

    async def _answer(self, messages: Sequence[BaseMessage], schema: dict[str, Any]) -> AIMessage:
        kept = self._answers.take(as_prompt(messages))
        if kept is not None:
            return _as_message(kept)
        model = self.live() if self.live is not None else None
        if model is None:
            raise _not_recorded(messages)
        said = await call(model, messages, schema, self.limits)
        message: AIMessage = said["raw"] if isinstance(said, dict) else said
        return message


def _as_message(answer: ModelAnswer) -> AIMessage:
    return AIMessage(
        answer.text,
        response_metadata={"model": answer.model, "finish_reason": answer.finish},
        usage_metadata={
            "input_tokens": answer.input_tokens,
            "output_tokens": answer.output_tokens,
            "total_tokens": answer.input_tokens + answer.output_tokens,
        },
    )


def _not_recorded(messages: Sequence[BaseMessage]) -> PlanningError:
    return PlanningError(
        ErrorCode.NOT_RECORDED,
        "A model would have to be asked something that it was not asked then, and 'llm' is not released",
        details={"release": "llm", "prompt_characters": sum(len(message.text) for message in messages)},
        recovery_suggestion="To have the model asked, give --release llm.",
    )
