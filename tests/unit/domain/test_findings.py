import pytest
from pydantic import ValidationError

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.findings import Finding, Level, ValidationResult

WRONG = Finding(
    code=ErrorCode.DEPENDENCY_MISSING,
    level=Level.SEMANTICS,
    path="tasks[3].tool",
    message="is not there",
    suggestion="Go.",
)
DOUBTFUL = WRONG.model_copy(update={"suggestion": "", "path": "schedule"})


def test_a_result_without_errors_is_valid_whatever_it_warns_of():
    result = ValidationResult(warnings=[DOUBTFUL])
    assert result.valid and result.errors == []
    result.raise_if_invalid()


def test_an_invalid_result_raises_with_every_finding():
    result = ValidationResult(errors=[WRONG, DOUBTFUL])
    assert not result.valid
    with pytest.raises(PlanningError) as caught:
        result.raise_if_invalid(tried=["dropped a dependency"])
    assert caught.value.code is ErrorCode.VALIDATION_FAILED
    assert caught.value.message == "The plan is invalid: tasks[3].tool: is not there (E5302) and 1 more"
    assert caught.value.details["tried"] == ["dropped a dependency"]
    assert caught.value.details["errors"][0] == {
        "code": "E5302",
        "level": "semantics",
        "path": "tasks[3].tool",
        "message": "is not there",
        "suggestion": "Go.",
        "constraints": [],
    }
    assert len(caught.value.details["errors"]) == 2
    assert caught.value.recovery_suggestion == "Go."


def test_without_a_suggestion_of_its_own_the_error_says_where_to_look():
    with pytest.raises(PlanningError) as caught:
        ValidationResult(errors=[DOUBTFUL]).raise_if_invalid()
    assert caught.value.message.endswith("(E5302)")
    assert caught.value.details["tried"] == []
    assert "details['errors']" in caught.value.recovery_suggestion


@pytest.mark.parametrize("result", [ValidationResult(), ValidationResult(errors=[WRONG], warnings=[DOUBTFUL])])
def test_what_is_written_can_be_read(result):
    assert result.model_dump()["valid"] is result.valid
    assert ValidationResult.model_validate(result.model_dump()) == result
    assert ValidationResult.model_validate_json(result.model_dump_json()) == result


@pytest.mark.parametrize("wrong", [{"valid": False}, {"valid": True, "errors": [WRONG]}])
def test_a_verdict_that_contradicts_the_findings_is_refused(wrong):
    with pytest.raises(ValidationError, match="contradicts"):
        ValidationResult(**wrong)


def test_a_verdict_that_agrees_may_be_given():
    assert ValidationResult(valid=True).valid
    assert not ValidationResult(valid=False, errors=[WRONG]).valid
