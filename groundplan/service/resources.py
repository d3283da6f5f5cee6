"""Opening what a service works with: database, checkpointer, cache, model; closing it in reverse."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.base import BaseCheckpointSaver
from pydantic import SecretStr

from groundplan.decomposition.models import open_model
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.signing import Keyring
from groundplan.graph.checkpoints import open_checkpointer
from groundplan.service.settings import Settings
from groundplan.service.signing_keys import load_keyring
from groundplan.stores.cache import TwoLevelPlanCache
from groundplan.stores.embedded import EmbeddedServers
from groundplan.stores.feedback_protocol import EvaluationStore, FeedbackStore
from groundplan.stores.past_work import PastWork
from groundplan.stores.postgres.database import Database
from groundplan.stores.protocols import ModelAnswers, PlanCache, PlanStore
from groundplan.stores.retention import Retention
from groundplan.stores.run_protocol import RunStore


@dataclass(frozen=True)
class Resources:
    """Open stores, cache and checkpointer. `ping` raises E5800 when the database is away."""

    store: PlanStore
    runs: RunStore
    feedback: FeedbackStore
    evaluations: EvaluationStore
    past_work: PastWork
    answers: ModelAnswers
    retention: Retention
    cache: PlanCache
    checkpointer: BaseCheckpointSaver[Any]
    ping: Callable[[], Awaitable[None]]
    database: str
    """What the database is, in a word for people: `embedded`, `postgres`, `memory`."""


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[Resources]:
    """Everything that the settings name, open; embedded servers where no URL is given.

    Raises:
        PlanningError: E5800 if the database cannot be reached, E5804 if the embedded one cannot be started.
    """
    if settings.database_url is not None:
        async with _opened(settings, _plain(settings.database_url), _url(settings), "postgres") as resources:
            yield resources
        return
    with_redis = settings.redis_url is None and settings.cache_ttl_seconds > 0
    async with EmbeddedServers(settings.home, redis=with_redis) as servers:
        urls = await servers.start()
        redis_url = _url(settings) or urls.redis_url
        async with _opened(settings, urls.database_url, redis_url, "embedded") as resources:
            yield resources


@asynccontextmanager
async def _opened(settings: Settings, url: str, redis_url: str | None, kind: str) -> AsyncIterator[Resources]:
    keyring = await asyncio.to_thread(_keyring, settings) if redis_url else None
    cache = TwoLevelPlanCache(settings.cache_ttl_seconds, redis_url=redis_url, keyring=keyring)
    try:
        async with Database(url, pool_size=settings.pool_size, encryption_key=_encryption_key(settings)) as database:
            yield Resources(
                store=database.store,
                runs=database.runs,
                feedback=database.feedback,
                evaluations=database.evaluations,
                past_work=database.past_work,
                answers=database.answers,
                retention=database.retention,
                cache=cache,
                checkpointer=open_checkpointer(database),
                ping=database.ping,
                database=kind,
            )
    finally:
        await cache.aclose()


def _keyring(settings: Settings) -> Keyring:
    return load_keyring(_plain(settings.signing_keys) if settings.signing_keys else None, settings.home)


def open_model_later(
    given: BaseChatModel | str | None, settings: Settings
) -> tuple[BaseChatModel | Callable[[], BaseChatModel | None] | None, str]:
    """The model and its name. One that is named is opened when it is first asked: its import takes half a second."""
    if isinstance(given, BaseChatModel):
        return given, _name_of(given)
    spec = given or settings.model
    if not spec:
        return None, ""

    @lru_cache(maxsize=1)
    def opened() -> BaseChatModel | None:
        return open_model(spec, base_url=settings.ollama_host, limits=settings.planner().model)

    return opened, spec


def _name_of(model: BaseChatModel) -> str:
    for attribute in ("model", "model_name"):
        name = getattr(model, attribute, None)
        if isinstance(name, str) and name:
            return name
    return type(model).__name__


def _url(settings: Settings) -> str | None:
    return _plain(settings.redis_url) if settings.redis_url else None


def _plain(secret: SecretStr) -> str:
    return secret.get_secret_value()


def _encryption_key(settings: Settings) -> bytes | None:
    if settings.encryption_key is None:
        return None
    try:
        key = base64.b64decode(_plain(settings.encryption_key), validate=True)
    except binascii.Error:
        key = b""
    if len(key) not in (16, 24, 32):
        raise PlanningError(
            ErrorCode.SETTINGS_INVALID,
            "The encryption key is not 16, 24 or 32 bytes of base64",
            recovery_suggestion="Make one with `openssl rand -base64 32` and set GROUNDPLAN_ENCRYPTION_KEY to it.",
        )
    return key
