"""Counting the tokens of every model call that happens inside a tool or an agent."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.outputs import ChatGeneration, LLMResult

from groundplan.domain.execution import Usage


class TokenCount(BaseCallbackHandler):
    """A LangChain callback that adds up `usage_metadata`. Models that do not say it count as nothing."""

    run_inline = True

    def __init__(self) -> None:
        self._tokens = 0

    @property
    def usage(self) -> Usage:
        """What was used up to now."""
        return Usage(tokens=self._tokens)

    def on_llm_end(self, response: LLMResult, **_: Any) -> None:
        for generations in response.generations:
            for generation in generations:
                if isinstance(generation, ChatGeneration):
                    used = getattr(generation.message, "usage_metadata", None) or {}
                    self._tokens += int(used.get("total_tokens") or 0)
