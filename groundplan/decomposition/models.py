"""Opening a model by its name, and finding out whether it is there."""

from __future__ import annotations

import asyncio
from typing import Any

from langchain_core.language_models import BaseChatModel

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.settings import ModelLimits

_CHECK_SECONDS = 3.0


def open_model(spec: str, *, base_url: str | None, limits: ModelLimits) -> BaseChatModel:
    """The chat model that `spec` names: `ollama:NAME`, or `PROVIDER:NAME` by LangChain's `init_chat_model`.

    Raises:
        PlanningError: E5806 for a name without a provider, or a provider that is not installed.
    """
    provider, _, name = spec.partition(":")
    if not name:
        raise _unusable(f"{spec!r} names no provider", "Write it as ollama:NAME.")
    if provider == "ollama":
        from langchain_ollama import ChatOllama

        return ChatOllama(
            model=name,
            base_url=_with_scheme(base_url),
            num_predict=limits.num_predict,
            temperature=limits.temperature,
            client_kwargs={"timeout": limits.timeout_seconds + 5},
        )
    return _by_langchain(spec)


async def check_model(model: BaseChatModel) -> None:
    """Pass if the model's server answers and has the model. Only Ollama can be asked; others pass.

    Raises:
        PlanningError: E5102 with what to do.
    """
    if type(model).__name__ != "ChatOllama":
        return
    name = str(getattr(model, "model", ""))
    known = await _ollama_models(model)
    if name not in known and f"{name}:latest" not in known:
        raise PlanningError(
            ErrorCode.MODEL_UNAVAILABLE,
            f"Ollama does not have the model {name!r}",
            details={"models": sorted(known)},
            recovery_suggestion=f"ollama pull {name}",
        )


async def _ollama_models(model: BaseChatModel) -> set[str]:
    import ollama

    host = getattr(model, "base_url", None)
    client = ollama.AsyncClient(host=host, timeout=_CHECK_SECONDS)
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            listed: Any = await client.list()
    except Exception as error:
        raise PlanningError(
            ErrorCode.MODEL_UNAVAILABLE,
            f"Ollama does not answer at {host or 'its default address'} ({type(error).__name__})",
            recovery_suggestion="Start it with `ollama serve`, or set OLLAMA_HOST to where it runs.",
        ) from error
    finally:
        await client._client.aclose()
    return {entry.model for entry in listed.models}


def _with_scheme(base_url: str | None) -> str | None:
    return f"http://{base_url}" if base_url and "://" not in base_url else base_url


def _by_langchain(spec: str) -> BaseChatModel:
    try:
        from langchain.chat_models import init_chat_model
    except ImportError as error:
        raise _unusable(
            f"{spec!r} needs the package langchain",
            "pip install langchain and the provider's package, or use ollama:NAME.",
        ) from error
    try:
        model: BaseChatModel = init_chat_model(spec)
    except (ImportError, ValueError) as error:
        raise _unusable(
            f"{spec!r} cannot be opened: {error}", "pip install the provider's LangChain package."
        ) from error
    return model


def _unusable(why: str, suggestion: str) -> PlanningError:
    return PlanningError(ErrorCode.SETTINGS_INVALID, f"The model {why}", recovery_suggestion=suggestion)
