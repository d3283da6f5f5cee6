"""What costs next to nothing: help, versions, settings that cannot be."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_line import CommandLine

COMMANDS = ["plan", "show", "plans", "approve", "reject", "templates", "history", "goals", "doctor", "version"]


@pytest.fixture
def bare(tmp_path: Path) -> CommandLine:
    """The command line without any service behind it."""
    return CommandLine(tmp_path / "home", {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})


def test_help_names_every_command(bare: CommandLine) -> None:
    done = bare.run("--help")
    assert (done.code, done.err) == (0, "")
    assert [name for name in COMMANDS if f"  {name} " not in done.out] == []


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from groundplan.cli import main\n"
        "assert main(['--help']) == 0\n"
        "heavy = {'langgraph', 'langchain_core', 'langchain_ollama', 'pydantic', 'psycopg', 'redis', 'rich.console',\n"
        "         'rustworkx', 'numpy', 'structlog', 'asyncio'}\n"
        "sys.exit(repr(sorted(heavy & set(sys.modules))) if heavy & set(sys.modules) else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_version_says_what_is_at_work(bare: CommandLine) -> None:
    done = bare.run("version", "--json")
    assert done.code == 0
    assert {"groundplan", "python", "langgraph", "pydantic"} <= set(done.document)


def test_a_setting_that_cannot_be_is_refused(bare: CommandLine) -> None:
    done = bare.with_settings(MAX_REPAIRS="many").run("plans", "--json")
    assert done.code == 2
    assert done.document["error"]["code"] == "E5806"
    assert json.loads(bare.with_settings(MAX_REPAIRS="many").run("doctor", "--json").out)["healthy"] is False
