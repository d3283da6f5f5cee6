"""A clean environment, and real servers: one embedded Postgres and Valkey for the session, a database for each test."""

import gc
import os
import secrets
import subprocess

import psycopg
import pytest
import redis

from groundplan.stores.embedded import EmbeddedServers
from tests import property_examples
from tests.embedded_home import EmbeddedHome

property_examples.load_profile()

_FOREIGN = ("GROUNDPLAN_", "PLANNING_", "LANGSMITH_", "LANGCHAIN_", "LANGGRAPH_", "OLLAMA_", "PG")


def pytest_collection_finish() -> None:
    """Keep the garbage collector off what lives to the end: walking it again and again is a fifth of the unit tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


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
    home = EmbeddedHome(tmp_path_factory.mktemp("embedded") / "home")
    servers = EmbeddedServers(home.path, redis=True)
    yield servers.start_sync()
    servers.stop_sync()
    home.remove()


@pytest.fixture
def database_url(embedded):
    """A fresh, empty database; dropped afterwards."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(embedded.database_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    yield embedded.database_url.replace("/groundplan?", f"/{name}?")
    with psycopg.connect(embedded.database_url, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def redis_url(embedded):
    """The session's Valkey, emptied."""
    with redis.Redis.from_url(embedded.redis_url) as client:
        client.flushall()
    return embedded.redis_url


@pytest.fixture(scope="session")
def used_home(tmp_path_factory, clean_environment):
    """A data folder that holds data already, because making it takes a second; nothing runs in it."""
    home = EmbeddedHome(tmp_path_factory.mktemp("used") / "home")
    with home.running():
        pass
    home.stop()
    yield home
    home.remove()


@pytest.fixture
def quick_end(monkeypatch):
    """Servers stop as soon as their last client has gone."""
    monkeypatch.setenv("GROUNDPLAN_EMBEDDED_LINGER", "0.1")


@pytest.fixture
def home(used_home, quick_end):
    """A data folder that was in use before; to be left as it was."""
    yield used_home
    used_home.stop()


@pytest.fixture
def home_to_break(used_home, tmp_path, quick_end):
    """A copy of such a data folder."""
    home = EmbeddedHome(tmp_path / "home")
    subprocess.run(["cp", "-a", used_home.path, home.path], check=True)
    yield home
    home.remove()


@pytest.fixture
def new_home(tmp_path, quick_end):
    """A data folder that is not there yet."""
    home = EmbeddedHome(tmp_path / "home")
    yield home
    home.remove()
