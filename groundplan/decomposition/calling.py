"""One call of a chat model: held to a schema as the model offers it, answer and failure in our words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.runs import ModelAnswer
from groundplan.domain.settings import ModelLimits
from groundplan.prompts import render

_MOST_TOKENS = 2**31 - 1

UNFINISHED = "unfinished"
"""The finish of an answer whose stream ended without the model saying why."""


async def call(
    model: BaseChatModel, messages: Sequence[BaseMessage], schema: dict[str, Any], limits: ModelLimits
) -> Any:
    """What the model says, raw: a message, or a dictionary with the message under `raw`.

    Ollama takes the schema as `format`. Others get it by `with_structured_output`, if they have that, or in
    words; the raw message is used either way, so that what they say can be kept and repaired.
    """
    if is_ollama(model):
        limited = {} if getattr(model, "num_predict", None) else {"num_predict": limits.num_predict}
        return await model.model_copy(update=limited).bind(format=schema).ainvoke(list(messages))
    if type(model).with_structured_output is BaseChatModel.with_structured_output:
        return await model.ainvoke(_with_form(messages, schema))
    return await model.with_structured_output(schema, include_raw=True).ainvoke(list(messages))


def is_ollama(model: BaseChatModel) -> bool:
    """Whether the model is a `ChatOllama` or derived from it; asked by name, as its import takes half a second."""
    return any(base.__name__ == "ChatOllama" for base in type(model).__mro__)


def options(model: BaseChatModel, limits: ModelLimits) -> dict[str, Any]:
    """What beside prompt and schema shapes the answer; another value makes another question."""
    return {
        "num_predict": getattr(model, "num_predict", None) or limits.num_predict,
        "temperature": getattr(model, "temperature", None),
    }


def answer_of(model: BaseChatModel, model_name: str, said: Any, latency_ms: float) -> ModelAnswer:
    """The answer in what the model said, without the characters that no store takes."""
    message = said["raw"] if isinstance(said, dict) else said
    metadata = message.response_metadata or {}
    usage = getattr(message, "usage_metadata", None) or {}
    return ModelAnswer(
        text=storable_text(_text(message)),
        model=str(metadata.get("model") or metadata.get("model_name") or model_name),
        finish=_finish(model, metadata),
        input_tokens=_tokens(usage, "input_tokens"),
        output_tokens=_tokens(usage, "output_tokens"),
        latency_ms=latency_ms,
    )


def unavailable(model: BaseChatModel, model_name: str, error: Exception) -> PlanningError:
    """E5102 for whatever a model's client raised: its type and status are told, its text may hold secrets."""
    status = getattr(error, "status_code", None)
    told = f"answered with HTTP {status}" if isinstance(status, int) and status > 0 else type(error).__name__
    missing = status == 404
    return PlanningError(
        ErrorCode.MODEL_UNAVAILABLE,
        f"Model {model_name!r} " + ("is not there" if missing else f"cannot be asked ({told})"),
        details={"model": model_name, "error": type(error).__name__, "server": _server(model)},
        recovery_suggestion=f"ollama pull {model_name.removeprefix('ollama:')}" if missing else _start(model),
        retryable=True,
    )


def _start(model: BaseChatModel) -> str:
    if not is_ollama(model):
        return "Check that the model's provider can be reached with these credentials, then resume the run."
    where = _server(model)
    return f"Is Ollama running at {where}? Start it (`ollama serve`) or set OLLAMA_HOST, then resume the run."


def _server(model: BaseChatModel) -> str:
    """Host and port of the model's server, without the credentials that a URL may carry."""
    parts = urlsplit(str(getattr(model, "base_url", None) or ""))
    return parts.netloc.rpartition("@")[2] or "its default address"


def _with_form(messages: Sequence[BaseMessage], schema: dict[str, Any]) -> list[BaseMessage]:
    form = render("answer_form", {"schema": json.dumps(schema)})
    return [SystemMessage(f"{messages[0].text}\n\n{form}"), *messages[1:]]


def _finish(model: BaseChatModel, metadata: dict[str, Any]) -> str:
    reason = metadata.get("done_reason") or metadata.get("finish_reason") or metadata.get("stop_reason")
    if reason:
        return str(reason)
    # Ollama ends a stream with `done`. One that a proxy gave up on lacks it, and LangChain does not mind.
    return UNFINISHED if is_ollama(model) and not metadata.get("done") else "stop"


def _tokens(usage: Mapping[str, Any], name: str) -> int:
    # The server's word: below zero it would give budget back, and Postgres keeps no number that large.
    return min(max(int(usage.get(name) or 0), 0), _MOST_TOKENS)


def _text(message: BaseMessage) -> str:
    if isinstance(message, AIMessage) and message.tool_calls and not message.text:
        return json.dumps(message.tool_calls[0]["args"])
    return str(message.text)


def storable_text(text: str) -> str:
    """The text without the characters that no store takes."""
    return text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")
