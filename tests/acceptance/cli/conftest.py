"""The command line on the data folder that the acceptance tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from groundplan.stores.embedded import EmbeddedServers
from groundplan.stores.embedded.servers import EmbeddedUrls
from tests.command_line import CommandLine
from tests.fake_ollama import ANSWER, MODEL, FakeOllama, Reply, fake_ollama


@pytest.fixture(scope="session")
def servers(shared_home: Path) -> Iterator[EmbeddedUrls]:
    """The servers of the shared data folder, kept running between commands."""
    held = EmbeddedServers(shared_home, redis=True)
    yield held.start_sync()
    held.stop_sync()


@pytest.fixture
def cli(shared_home: Path, servers: EmbeddedUrls) -> CommandLine:
    """The command line without a model."""
    return CommandLine(shared_home, {"EMBEDDED_LINGER": "5"})


@pytest.fixture
def model() -> Iterator[FakeOllama]:
    """A model that knows one answer, and gives it at once."""
    with fake_ollama(lambda body: Reply(ANSWER)) as served:
        yield served


@pytest.fixture
def cli_with_model(cli: CommandLine, model: FakeOllama) -> CommandLine:
    """The command line with that model."""
    return cli.with_settings(MODEL=f"ollama:{MODEL}", OLLAMA_HOST=model.url)
