"""What of a service works: looked up on request, remembered in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, Literal

from groundplan.decomposition.models import check_model
from groundplan.domain.agents import AgentCapability
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.tools import ToolSpec
from groundplan.service.resources import Resources
from groundplan.state import Context

State = Literal["ok", "degraded", "down"]
_LIMIT = 5.0
_ESSENTIAL = ("database", "planner")
_MODEL_CODES = frozenset({ErrorCode.MODEL_UNAVAILABLE, ErrorCode.MODEL_TIMEOUT})


class Health:
    """The state of each component, with a sentence on each that is not ok.

    `degraded` means that plans are still made: without a model by templates and listed steps, without Redis
    with the cache of the process alone.
    """

    def __init__(self) -> None:
        self._states: dict[str, tuple[State, str]] = {}

    def opened(
        self,
        resources: Resources,
        model_name: str,
        tools: Sequence[ToolSpec],
        agents: Sequence[AgentCapability],
    ) -> None:
        """A service was opened: its database answered."""
        self._states = {
            "database": ("ok", resources.database),
            "redis": _redis(resources),
            "model": ("ok", f"{model_name}, not asked yet") if model_name else ("degraded", "none configured"),
            "tools": ("ok", f"{len(tools)} registered"),
            "agents": ("ok", f"{len(agents)} registered"),
            "planner": ("ok", ""),
            "decomposer": ("ok", "") if model_name else ("degraded", "templates and listed steps only"),
        }

    def failed(self, error: PlanningError) -> None:
        """An operation failed: remember which component that tells of."""
        if error.code is ErrorCode.STORE_UNAVAILABLE:
            self._states["database"] = ("down", error.message)
        elif error.code in _MODEL_CODES:
            self._states["model"] = ("down", error.message)

    async def check(self, resources: Resources, context: Context) -> None:
        """Ask database, Redis and model now."""
        self._states["database"] = await _asked(resources.ping(), resources.database)
        ping_redis = getattr(resources.cache, "ping_redis", None)
        if ping_redis is not None:
            await _asked(ping_redis(), "")  # what came of it is the cache's own status
        self._states["redis"] = _redis(resources)
        model = context.chat_model()
        if model is not None:
            state, words = await _asked(check_model(model), context.model_name)
            self._states["model"] = ("degraded" if state == "down" else state, words)

    def as_dict(self) -> dict[str, Any]:
        """`healthy` when database and planner are not down; `cross_layer` names what depends on what is away."""
        components = {name: {"status": state, "detail": words} for name, (state, words) in self._states.items()}
        return {
            "healthy": bool(components) and all(self._states[name][0] != "down" for name in _ESSENTIAL),
            "components": components,
            "cross_layer": {
                "planning_without_model": self._states.get("database", ("down", ""))[0] == "ok",
                "planning_with_model": self._states.get("model", ("down", ""))[0] == "ok",
                "shared_cache": self._states.get("redis", ("down", ""))[0] == "ok",
            },
        }


async def _asked(question: Awaitable[Any], fine: str) -> tuple[State, str]:
    try:
        async with asyncio.timeout(_LIMIT):
            await question
    except PlanningError as error:
        return "down", error.message
    except TimeoutError:
        return "down", f"no answer within {_LIMIT:.0f} s"
    return "ok", fine


def _redis(resources: Resources) -> tuple[State, str]:
    status = getattr(resources.cache, "redis_status", "off")
    words = {"ok": "", "down": "plans are cached in this process only", "off": "not configured"}
    return ("ok" if status == "ok" else "degraded"), words.get(status, status)
