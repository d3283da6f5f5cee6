import json

import pytest
from rich.text import Text

from groundplan.cli.output import emit, print_error, print_failure
from groundplan.domain.errors import ErrorCode, PlanningError
from tests.sample_plans import HOSTILE


def invalid(findings: int) -> PlanningError:
    errors = [{"path": f"tasks[{n}].tool", "message": f"{HOSTILE} {n}"} for n in range(findings)]
    return PlanningError(
        ErrorCode.VALIDATION_FAILED, "The plan is invalid", details={"errors": errors}, recovery_suggestion="Mend it."
    )


def test_json_is_one_ascii_document(capsys: pytest.CaptureFixture[str]) -> None:
    emit(as_json=True, document=lambda: {"name": f"日本 {HOSTILE}"}, view=lambda: "never")
    out = capsys.readouterr().out
    assert out.isascii()
    assert "\x1b" not in out
    assert json.loads(out) == {"name": f"日本 {HOSTILE}"}


def test_text_goes_out_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    emit(as_json=False, document=dict, view=lambda: "flowchart TD\n")
    assert capsys.readouterr().out == "flowchart TD\n"


def test_a_view_is_drawn_without_reading_markup(capsys: pytest.CaptureFixture[str]) -> None:
    emit(as_json=False, document=dict, view=lambda: Text("[bold]x[/bold] :smile:"))
    assert capsys.readouterr().out == "[bold]x[/bold] :smile:\n"


def test_an_error_is_told_on_stderr_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(invalid(3), as_json=False, exit_code=3)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[0] == "Error E5600: The plan is invalid"
    assert err.splitlines()[1].startswith("  - tasks[0].tool: ")
    assert err.splitlines()[-1] == "What to do: Mend it."
    assert "\x1b" not in err


def test_of_many_findings_the_rest_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(invalid(50), as_json=False, exit_code=3)
    err = capsys.readouterr().err
    assert "  - … and 30 more" in err
    assert "tasks[20]" not in err


def test_an_error_that_may_pass_names_the_run_to_resume(capsys: pytest.CaptureFixture[str]) -> None:
    away = PlanningError(ErrorCode.MODEL_UNAVAILABLE, "No model", details={"run_id": "run-1"})
    print_error(away, as_json=False, exit_code=4)
    assert "groundplan plan --resume run-1" in capsys.readouterr().err


def test_an_error_as_json_is_one_document_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(invalid(1), as_json=True, exit_code=3)
    out, err = capsys.readouterr()
    error = json.loads(out)["error"]
    assert (error["code"], error["exit_code"], err) == ("E5600", 3, "")
    assert set(error) == {"code", "message", "details", "recovery_suggestion", "retryable", "exit_code"}


def test_other_failures_have_the_same_shape(capsys: pytest.CaptureFixture[str]) -> None:
    print_failure("usage", "No such option", as_json=True, exit_code=2)
    error = json.loads(capsys.readouterr().out)["error"]
    assert set(error) == {"code", "message", "details", "recovery_suggestion", "retryable", "exit_code"}


def test_what_json_has_no_word_for_becomes_text(capsys: pytest.CaptureFixture[str]) -> None:
    odd = PlanningError(ErrorCode.STORE_REJECTED, "No", details={"value": object})
    print_error(odd, as_json=True, exit_code=2)
    assert "object" in json.loads(capsys.readouterr().out)["error"]["details"]["value"]
