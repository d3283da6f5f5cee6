"""The command line in this process, on a real Postgres and Valkey: what it says and returns, without the start-up."""

import logging
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import structlog
from psycopg.conninfo import make_conninfo

from groundplan.stores.embedded.servers import EmbeddedUrls
from tests.command_line import InProcess
from tests.fake_ollama import ANSWER, MODEL, FakeOllama, Reply, fake_ollama


@pytest.fixture(scope="module")
def cli_database(embedded: EmbeddedUrls) -> Iterator[str]:
    """A database for the tests of one file."""
    name = f"cli_{secrets.token_hex(6)}"
    with psycopg.connect(embedded.database_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    yield make_conninfo(embedded.database_url, dbname=name)
    with psycopg.connect(embedded.database_url, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="module")
def cli_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the signing key is."""
    return tmp_path_factory.mktemp("cli-home")


@pytest.fixture
def cli(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    cli_database: str,
    cli_home: Path,
    redis_url: str,
) -> Iterator[InProcess]:
    """The command line without a model. Logging is afterwards as it was before."""
    monkeypatch.setenv("GROUNDPLAN_HOME", str(cli_home))
    monkeypatch.setenv("GROUNDPLAN_DATABASE_URL", cli_database)
    monkeypatch.setenv("GROUNDPLAN_REDIS_URL", redis_url)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(cli_home)
    handlers = list(logging.getLogger().handlers)
    yield InProcess(capsys, monkeypatch)
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOllama]:
    """A model that knows one answer, and gives it at once."""
    with fake_ollama(lambda body: Reply(ANSWER)) as served:
        monkeypatch.setenv("GROUNDPLAN_MODEL", f"ollama:{MODEL}")
        monkeypatch.setenv("OLLAMA_HOST", served.url)
        yield served
