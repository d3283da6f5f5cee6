import pytest

from groundplan.cli.exit_codes import EXIT_CODES, ExitCode
from groundplan.domain.errors import ErrorCode

FAILURES = (ExitCode.REFUSED_INPUT, ExitCode.INVALID_PLAN, ExitCode.SERVICE_MISSING, ExitCode.PLAN_FAILED)


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_error_has_an_exit_code_of_failure(code: ErrorCode) -> None:
    assert EXIT_CODES[code] in FAILURES


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        (ErrorCode.GOAL_REFUSED, 2),
        (ErrorCode.PLAN_NOT_FOUND, 2),
        (ErrorCode.VALIDATION_FAILED, 3),
        (ErrorCode.DEPENDENCY_CYCLE, 3),
        (ErrorCode.SIGNATURE_MISMATCH, 3),
        (ErrorCode.STORE_UNAVAILABLE, 4),
        (ErrorCode.NO_DECOMPOSER, 4),
        (ErrorCode.MODEL_UNAVAILABLE, 4),
        (ErrorCode.NO_EXECUTOR, 4),
        (ErrorCode.RUN_CONFLICT, 2),
        (ErrorCode.EXECUTION_FAILED, 5),
    ],
)
def test_the_exit_codes_that_scripts_rely_on(code: ErrorCode, exit_code: int) -> None:
    assert EXIT_CODES[code] == exit_code
