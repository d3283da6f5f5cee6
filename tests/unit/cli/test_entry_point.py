import json
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest

from groundplan.cli import main
from groundplan.cli.interrupted import Interrupted
from groundplan.cli.output import OutputLost
from groundplan.domain.errors import ErrorCode, PlanningError

MakeCommand = Callable[[Any], None]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> MakeCommand:
    """Makes a command line whose only command returns a value or raises an error."""

    def make(outcome: Any) -> None:
        def app(arguments: list[str], **options: Any) -> Any:
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        monkeypatch.setattr("groundplan.cli.app.app", app)

    return make


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (0, 0), (4, 4)])
def test_what_a_command_returns_is_the_exit_code(command: MakeCommand, returned: int | None, code: int) -> None:
    command(returned)
    assert main([]) == code
    assert type(main([])) is int


@pytest.mark.parametrize(("error", "code"), [(ErrorCode.GOAL_REFUSED, 2), (ErrorCode.VALIDATION_FAILED, 3)])
def test_an_error_has_the_exit_code_of_its_kind(command: MakeCommand, error: ErrorCode, code: int) -> None:
    command(PlanningError(error, "No"))
    assert main([]) == code


@pytest.mark.parametrize("stop", [Interrupted("run-1"), Interrupted(), KeyboardInterrupt(), 130])
def test_ctrl_c_is_said_without_a_traceback(
    command: MakeCommand, capsys: pytest.CaptureFixture[str], stop: Any
) -> None:
    command(stop)
    assert main([]) == 130
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Stopped.")
    assert ("--resume run-1" in err) == (getattr(stop, "run_id", None) is not None)


def test_the_unexpected_is_a_sentence(command: MakeCommand, capsys: pytest.CaptureFixture[str]) -> None:
    command(ZeroDivisionError("division by zero"))
    assert main([]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[0] == "Unexpected ZeroDivisionError: division by zero"
    assert "Traceback" not in err


def test_where_the_unexpected_came_from_is_shown_on_request(
    command: MakeCommand, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDPLAN_DEBUG", "1")
    command(ZeroDivisionError("division by zero"))
    main([])
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "failure", [ZeroDivisionError("x"), Interrupted("run-1"), PlanningError(ErrorCode.GOAL_REFUSED, "No")]
)
def test_every_failure_is_one_document_when_json_is_asked_for(
    command: MakeCommand, capsys: pytest.CaptureFixture[str], failure: Exception
) -> None:
    command(failure)
    code = main(["plans", "--json"])
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["exit_code"] == code
    assert err == ""


def test_json_after_two_dashes_is_part_of_the_goal(command: MakeCommand, capsys: pytest.CaptureFixture[str]) -> None:
    command(PlanningError(ErrorCode.GOAL_REFUSED, "No"))
    main(["plan", "--", "--json"])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("error", "code"), [(BrokenPipeError(32, "Broken pipe"), 141), (OSError(28, "No space left"), 1)]
)
def test_output_that_nobody_takes_ends_quietly(
    command: MakeCommand, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], error: OSError, code: int
) -> None:
    lost: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "dup2", lambda old, new: lost.append((old, new)))
    command(OutputLost(error))
    assert main([]) == code
    os.close(lost[0][0])
    assert lost[0][1] == sys.stdout.fileno()
    assert ("No space left" in capfd.readouterr().err) == (code == 1)
