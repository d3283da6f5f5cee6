"""Help and wrong usage of every command; nothing is opened for either."""

from pathlib import Path

import pytest

from tests.command_line import InProcess

COMMANDS = ["plan", "show", "plans", "approve", "reject", "templates", "history", "goals", "doctor", "version"]


@pytest.fixture
def bare(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> InProcess:
    """The command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return InProcess(capsys, monkeypatch)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_offers_json(bare: InProcess, command: str) -> None:
    done = bare.run(command, "--help")
    assert (done.code, done.err) == (0, "")
    assert "--json" in done.out


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
def test_wrong_usage_is_refused_in_words_and_as_json(bare: InProcess, arguments: list[str]) -> None:
    done = bare.run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err
    assert done.err.strip()
    as_json = bare.run(*arguments, "--json")
    assert (as_json.code, as_json.err) == (2, "")
    assert as_json.document["error"]["code"] == "usage"


def test_a_patch_that_is_none_is_refused_before_anything_is_opened(bare: InProcess, tmp_path: Path) -> None:
    patch = tmp_path / "patch.json"
    for content in ("", "[]", '{"remove": 3}', '{"dance": []}', "\x00"):
        patch.write_text(content)
        done = bare.run("approve", "id", "--by", "ada", "--why", "so", "--edit", str(patch), "--json")
        assert done.code == 2
        assert "is no patch" in done.document["error"]["message"]
