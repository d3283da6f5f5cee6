import pytest
from pydantic import ValidationError

from groundplan.domain.approval import Approval, Decision, Verdict
from groundplan.domain.patch import PlanPatch
from tests.plan_factories import NOW


def test_the_verdicts_have_the_documented_values():
    assert [verdict.value for verdict in Verdict] == ["approve", "edit", "reject"]


@pytest.mark.parametrize("verdict", ["approve", "reject"])
def test_a_decision_says_who_and_may_say_why(verdict):
    decision = Decision(verdict=verdict, by="ana")
    assert (decision.verdict, decision.by, decision.why, decision.patch) == (Verdict(verdict), "ana", "", None)


def test_an_edit_comes_with_its_patch():
    assert Decision(verdict="edit", by="ana", patch=PlanPatch(remove=["a"])).patch.remove == ["a"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"verdict": "maybe"},
        {"by": ""},
        {"by": "ana\nApproved by the board"},
        {"by": "\x1b[2Jana"},
        {"by": "ana\u202e"},
        {"verdict": "edit"},
        {"verdict": "approve", "patch": PlanPatch()},
        {"verdict": "reject", "patch": {}},
        {"why": "x" * 10_001},
    ],
)
def test_a_decision_that_says_too_little_or_too_much_is_refused(wrong):
    with pytest.raises(ValidationError):
        Decision(**({"verdict": "approve", "by": "ana"} | wrong))


def test_a_request_waits_until_it_is_decided():
    request = Approval(plan_id="p", version=2, run_id="r", reasons=["risky"], requested_at=NOW)
    assert (request.decision, request.decided_at) == (None, None)
    decided = request.model_copy(update={"decision": Decision(verdict="reject", by="ana"), "decided_at": NOW})
    assert Approval.model_validate_json(decided.model_dump_json()) == decided
