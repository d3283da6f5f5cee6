"""A clean environment, and real servers: one embedded Postgres and Valkey for the session, a database for each test."""

import os
import secrets
import shutil

import psycopg
import pytest
import redis
from psycopg.conninfo import make_conninfo

from groundplan.stores.embedded import EmbeddedServers
from groundplan.stores.embedded.layout import layout_of

_FOREIGN = ("GROUNDPLAN_", "PLANNING_", "LANGSMITH_", "LANGCHAIN_", "OLLAMA_", "PG")


@pytest.fixture(scope="session", autouse=True)
def clean_environment():
    """Nothing of the developer's own environment reaches a test; the test group `llm` names its model explicitly."""
    kept = {name: os.environ[name] for name in ("GROUNDPLAN_MODEL", "OLLAMA_HOST") if name in os.environ}
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(_FOREIGN):
                patch.delenv(name)
        patch.setenv("LANGGRAPH_STRICT_MSGPACK", "true")
        patch.setenv("LANGSMITH_TRACING", "false")
        yield kept


@pytest.fixture(scope="session")
def embedded(tmp_path_factory, clean_environment):
    """The URLs of a Postgres and a Valkey that run as long as the tests."""
    home = tmp_path_factory.mktemp("embedded") / "home"
    servers = EmbeddedServers(home, redis=True)
    yield servers.start_sync()
    servers.stop_sync()
    if (data := layout_of(home).data) != home:
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture
def database_url(embedded):
    """A fresh, empty database; dropped afterwards."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(embedded.database_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    yield embedded.database_url.replace("/groundplan?", f"/{name}?")
    with psycopg.connect(make_conninfo(embedded.database_url), autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def redis_url(embedded):
    """The session's Valkey, emptied."""
    with redis.Redis.from_url(embedded.redis_url) as client:
        client.flushall()
    return embedded.redis_url
