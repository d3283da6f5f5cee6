"""docs/cli.md says what there is: its commands are read by the real parser, its options and codes are all there."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from groundplan.cli.app import app
from groundplan.cli.exit_codes import ExitCode
from groundplan.domain.patch import PlanPatch

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
COMMANDS: Any = typer.main.get_command(app)


def shell_lines(text: str) -> list[str]:
    """The calls of groundplan in the shell blocks of a page, without what is piped into or after them."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)
    calls = re.findall(r"\bgroundplan [^|#\n]+", "\n".join(blocks))
    return [call.strip() for call in calls]


CALLS = shell_lines(PAGE) + shell_lines((ROOT / "README.md").read_text(encoding="utf-8"))


def options_of(command: Any) -> set[str]:
    return {name for option in command.params for name in option.opts if name.startswith("--")}


@pytest.mark.parametrize("call", CALLS)
def test_every_example_is_understood(call: str) -> None:
    _, name, *arguments = shlex.split(call)
    with COMMANDS.commands[name].make_context(name, arguments) as context:
        assert context.params


def test_there_are_examples() -> None:
    assert len(CALLS) >= 8


def test_every_command_has_its_row() -> None:
    described = set(re.findall(r"^\| `(\w+)", PAGE, re.M))
    assert set(COMMANDS.commands) <= described


def test_every_option_of_planning_is_described() -> None:
    assert [name for name in options_of(COMMANDS.commands["plan"]) if name not in PAGE] == []


def test_no_option_is_described_that_does_not_exist() -> None:
    known = set().union(*map(options_of, COMMANDS.commands.values())) | {"--help"}
    assert set(re.findall(r"`[^`\n]*?(--[a-z][a-z-]+)", PAGE)) <= known


def test_every_exit_code_is_described() -> None:
    described = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.M)}
    assert described == {*map(int, ExitCode), 141}


def test_the_json_examples_are_what_they_say() -> None:
    error, patch = (json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", PAGE, re.M | re.S))
    assert set(error["error"]) == {"code", "message", "details", "recovery_suggestion", "retryable", "exit_code"}
    assert not PlanPatch.model_validate(patch).is_empty
