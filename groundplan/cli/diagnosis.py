"""Looking at every component by itself, so that one that is away hides none of the others."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundplan.domain.errors import ErrorCode, PlanningError

if TYPE_CHECKING:
    from groundplan.service import PlanningService, Settings

_LIMIT = 5.0
"""Seconds for one component."""

_OF_THE_DATABASE = frozenset({ErrorCode.STORE_UNAVAILABLE, ErrorCode.EMBEDDED_FAILED, ErrorCode.SCHEMA_MISMATCH})

_ADVICE = {
    "model": "Set GROUNDPLAN_MODEL=ollama:NAME and OLLAMA_HOST; until then listed steps and templates are planned.",
    "decomposer": "Configure a model for goals that neither list their steps nor match a template.",
    "resources": "Start the resource service, or check GROUNDPLAN_RESOURCE_SERVICE_URL and its token.",
    "redis": "Optional: GROUNDPLAN_REDIS_URL=redis://HOST:PORT/0 shares cached plans between processes.",
}


async def diagnosed() -> dict[str, Any]:
    """`healthy` and `components`: name → status (ok, degraded, down), detail, advice ('' if there is nothing to do)."""
    from groundplan.service import Settings

    try:
        settings = Settings.load()
    except PlanningError as error:
        return {"healthy": False, "components": {"settings": _down(error)}}
    found = await _opened(settings)
    found["components"] = {"home": _home(settings.home)} | found["components"]
    return found


async def _opened(settings: Settings) -> dict[str, Any]:
    from groundplan.service import PlanningService

    try:
        async with PlanningService(settings=settings) as service:
            return await _asked(service)
    except PlanningError as error:
        return await _without_service(settings, error)


async def _asked(service: PlanningService) -> dict[str, Any]:
    advice = dict(_ADVICE)
    ping = getattr(service.context.cache, "ping_redis", None)
    if ping is not None:
        try:
            await ping()
        except PlanningError as error:
            advice["redis"] = error.recovery_suggestion
    health = await service.check_health()
    components = {
        name: part | {"advice": advice.get(name, "") if part["status"] != "ok" else ""}
        for name, part in health["components"].items()
    }
    return {"healthy": health["healthy"], "components": components}


async def _without_service(settings: Settings, error: PlanningError) -> dict[str, Any]:
    """The service cannot be opened: its failure, and what can be said without it."""
    failed = "database" if error.code in _OF_THE_DATABASE else "service"
    components = {failed: _down(error), "redis": await _redis(settings), "model": await _model(settings)}
    return {"healthy": False, "components": components}


async def _redis(settings: Settings) -> dict[str, str]:
    if settings.redis_url is None:
        return {"status": "degraded", "detail": "not configured", "advice": _ADVICE["redis"]}
    from groundplan.stores.cache import TwoLevelPlanCache

    try:
        cache = TwoLevelPlanCache(redis_url=settings.redis_url.get_secret_value())
        await cache.ping_redis()
        await cache.aclose()
    except PlanningError as error:
        return _down(error)
    return {"status": "ok", "detail": "", "advice": ""}


async def _model(settings: Settings) -> dict[str, str]:
    if not settings.model:
        return {"status": "degraded", "detail": "none configured", "advice": _ADVICE["model"]}
    from groundplan.decomposition.models import check_model, open_model

    try:
        async with asyncio.timeout(_LIMIT):
            model = open_model(settings.model, base_url=settings.ollama_host, limits=settings.planner().model)
            await check_model(model)
    except PlanningError as error:
        return _down(error)
    except TimeoutError:
        return {"status": "down", "detail": f"no answer within {_LIMIT:.0f} s", "advice": _ADVICE["model"]}
    return {"status": "ok", "detail": settings.model, "advice": ""}


def _home(folder: Path) -> dict[str, str]:
    """Whether the data folder can be made and written to; only trying says it for sure."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"1")
    except OSError as error:
        advice = "Make it writable, free some space, or set GROUNDPLAN_HOME to another folder."
        return {"status": "down", "detail": f"{folder}: {error.strerror}", "advice": advice}
    return {"status": "ok", "detail": str(folder), "advice": ""}


def _down(error: PlanningError) -> dict[str, str]:
    return {"status": "down", "detail": error.message, "advice": error.recovery_suggestion}
