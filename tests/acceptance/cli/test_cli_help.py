"""What costs nothing: help, versions, and wrong usage."""

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


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_offers_json(bare: CommandLine, command: str) -> None:
    done = bare.run(command, "--help")
    assert (done.code, done.err) == (0, "")
    assert "--json" in done.out


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


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan"],
        ["plan", "--mode", "sometimes", "a goal"],
        ["plan", "--priority", "11", "a goal"],
        ["plan", "--deadline", "soon", "a goal"],
        ["plan", "--agent", "nobody", "a goal"],
        ["plan", "--nonsense", "a goal"],
        ["plan", "--resume", "run-1", "a goal"],
        ["plan", "-f", "does-not-exist.txt"],
        ["plan", "-f", "."],
        ["plan", "--notes", "does-not-exist.txt", "a goal"],
        ["show"],
        ["show", "id", "--tree", "--mermaid"],
        ["approve", "id", "--by", "ada"],
        ["approve", "id", "--by", "ada", "--why", "so", "--edit", "does-not-exist.json"],
        ["reject", "id", "--why", "so"],
        ["plans", "--status", "odd"],
        ["plans", "--limit", "0"],
        ["dance"],
    ],
)
def test_wrong_usage_is_refused_in_words_and_as_json(bare: CommandLine, arguments: list[str]) -> None:
    done = bare.run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err
    assert done.err.strip()
    as_json = bare.run(*arguments, "--json")
    assert (as_json.code, as_json.err) == (2, "")
    assert as_json.document["error"]["code"] == "usage"


def test_a_patch_that_is_none_is_refused_before_anything_is_opened(bare: CommandLine, tmp_path: Path) -> None:
    patch = tmp_path / "patch.json"
    for content in ("", "[]", '{"remove": 3}', '{"dance": []}', "\x00"):
        patch.write_text(content)
        done = bare.run("approve", "id", "--by", "ada", "--why", "so", "--edit", str(patch), "--json")
        assert done.code == 2
        assert "is no patch" in done.document["error"]["message"]


def test_a_setting_that_cannot_be_is_refused(bare: CommandLine) -> None:
    done = bare.with_settings(MAX_REPAIRS="many").run("plans", "--json")
    assert done.code == 2
    assert done.document["error"]["code"] == "E5806"
    assert json.loads(bare.with_settings(MAX_REPAIRS="many").run("doctor", "--json").out)["healthy"] is False
