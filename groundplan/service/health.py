"""What of a service works: looked up on request, remembered in between, corrected by what goes well or fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, Literal

from groundplan.decomposition.models import check_model
from groundplan.domain.agents import AgentCapability
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.tools import ToolSpec
from groundplan.execution.resources.provider import ResourceProvider
from groundplan.service.resources import Resources
from groundplan.state import Context

State = Literal["ok", "degraded", "down"]
Seen = tuple[State, str]
"""A state, and a sentence on it."""
_NO_REDIS: Seen = ("degraded", "not configured")
_LIMIT = 5.0
_ESSENTIAL = ("database", "planner")
_MODEL_CODES = frozenset({ErrorCode.MODEL_UNAVAILABLE, ErrorCode.MODEL_TIMEOUT})


class Health:
    """The state of each component, with a sentence on each that is not ok.

    `degraded` means that plans are still made: without a model by templates and listed steps, without Redis
    with the cache of the process alone. What is seen are database, Redis, model, tools, agents and who grants
    resources; the rest follows:

    resources     what is shared and kept: database and Redis; and who grants resources to tasks, if anybody does
    decomposer    breaks goals down: without a model only what lists its steps or fits a template
    planner       makes plans, which needs the database
    coordinator   runs plans, which needs the database
    """

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}
        self._resources: Resources | None = None
        self._model_name = ""
        self._provider: ResourceProvider | None = None

    def opened(
        self,
        resources: Resources,
        model_name: str,
        tools: Sequence[ToolSpec],
        agents: Sequence[AgentCapability],
        provider: ResourceProvider | None = None,
    ) -> None:
        """A service was opened: its database answered."""
        self._resources, self._model_name, self._provider = resources, model_name, provider
        self._seen = {
            "database": ("ok", resources.database),
            "model": ("ok", f"{model_name}, not asked yet") if model_name else ("degraded", "none configured"),
            "tools": ("ok", f"{len(tools)} registered"),
            "agents": ("ok", f"{len(agents)} registered"),
        }

    def planned(self, plan: ExecutionPlan) -> None:
        """A plan was made and stored: the database works, and the model if it was asked."""
        if self._resources is not None:
            self._seen["database"] = ("ok", self._resources.database)
        if plan.metadata.calls and not plan.metadata.cache_hit:
            self._seen["model"] = ("ok", self._model_name)

    def failed(self, error: PlanningError) -> None:
        """An operation failed: remember which component that tells of."""
        if error.code is ErrorCode.STORE_UNAVAILABLE:
            self._seen["database"] = ("down", error.message)
        elif error.code in _MODEL_CODES:
            self._seen["model"] = ("down", error.message)

    async def check(self, resources: Resources, context: Context) -> None:
        """Ask database, Redis, model and who grants resources now."""
        self._seen["database"] = await _asked(resources.ping(), resources.database)
        ping_redis = getattr(resources.cache, "ping_redis", None)
        if ping_redis is not None:
            await _asked(ping_redis(), "")  # what came of it is the cache's own status
        if self._provider is not None:
            self._seen["provider"] = await _asked(self._provider.availability(fresh=True), "")
        model = context.chat_model()
        if model is not None:
            state, words = await _asked(check_model(model), context.model_name)
            self._seen["model"] = ("degraded" if state == "down" else state, words)

    def as_dict(self) -> dict[str, Any]:
        """`healthy` when database and planner are not down; `cross_layer` names what depends on what is away."""
        states = self._components()
        ok = {name for name, (state, _) in states.items() if state == "ok"}
        return {
            "healthy": bool(states) and all(states[name][0] != "down" for name in _ESSENTIAL),
            "components": {name: {"status": state, "detail": words} for name, (state, words) in states.items()},
            "cross_layer": {
                "planning_without_model": "planner" in ok,
                "planning_with_model": {"planner", "model"} <= ok,
                "shared_cache": "redis" in ok,
            },
        }

    def _components(self) -> dict[str, Seen]:
        if self._resources is None:
            return {}
        redis = _redis(self._resources)
        database, model = self._seen["database"], self._seen["model"]
        needs_database: Seen = ("ok", "") if database[0] == "ok" else (database[0], "the database is away")
        return {
            "database": database,
            "redis": redis,
            **{name: self._seen[name] for name in ("model", "tools", "agents")},
            "resources": self._resources_as_seen(needs_database, redis),
            "planner": needs_database,
            "decomposer": ("ok", "") if model[0] == "ok" else ("degraded", "templates and listed steps only"),
            "coordinator": needs_database,
        }

    def _resources_as_seen(self, needs_database: Seen, redis: Seen) -> Seen:
        """The database's state first, then that of who grants resources, then Redis's."""
        if needs_database[0] != "ok":
            return needs_database
        provider = self._seen.get("provider", ("ok", ""))
        if provider[0] != "ok":
            return provider
        return needs_database if redis == _NO_REDIS else redis


async def _asked(question: Awaitable[Any], fine: str) -> tuple[State, str]:
    try:
        async with asyncio.timeout(_LIMIT):
            await question
    except PlanningError as error:
        return "down", error.message
    except TimeoutError:
        return "down", f"no answer within {_LIMIT:.0f} s"
    return "ok", fine


def _redis(resources: Resources) -> Seen:
    status = getattr(resources.cache, "redis_status", "off")
    if status == "off":
        return _NO_REDIS
    return ("ok", "") if status == "ok" else ("degraded", "plans are cached in this process only")
