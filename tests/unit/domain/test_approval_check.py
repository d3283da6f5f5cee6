"""What may be run: a plan that is what was signed, approved where somebody has to decide."""

import pytest

from groundplan.domain.approval import Approval, Decision, Verdict
from groundplan.domain.approval_check import decided, verify_decision, verify_runnable, verify_stored
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.patch import PlanPatch
from groundplan.domain.signing import Keyring, canonical_form
from tests.plan_factories import LATER, NOW, plan, task

KEY = b"0123456789abcdef"
RING = Keyring({"k1": KEY}, "k1")
OTHER = Keyring({"k1": b"another-key-of-16"}, "k1")
RISKY = RING.sign(plan(task("a"), approval_reasons=["risky"], status=PlanStatus.AWAITING_APPROVAL))
HARMLESS = RING.sign(plan(task("a"), status=PlanStatus.VALIDATED))
REQUEST = Approval(plan_id="plan-1", version=1, run_id="r", reasons=["risky"], requested_at=NOW)
APPROVE = Decision(verdict=Verdict.APPROVE, by="ana", why="rehearsed")
REJECT = Decision(verdict=Verdict.REJECT, by="bo")
EDIT = Decision(verdict=Verdict.EDIT, by="ana", patch=PlanPatch(remove=["a"]))
VALIDATED = RISKY.model_copy(update={"status": PlanStatus.VALIDATED})


def approved(decision=APPROVE, ring=RING):
    return decided(REQUEST, decision, RISKY, LATER, ring)


def form_1(of):
    """The plan as it was signed before signatures said whether a person has to decide."""
    return of.model_copy(update={"signature": RING.seal(canonical_form(of, 1))})


def code_of(check, *arguments):
    with pytest.raises(PlanningError) as caught:
        check(*arguments, RING)
    assert caught.value.recovery_suggestion
    return caught.value.code


def test_a_plan_that_needs_nobody_may_run():
    verify_runnable(HARMLESS, None, RING)


def test_an_approved_plan_may_run():
    verify_runnable(VALIDATED, approved(), RING)


def test_a_decision_comes_back_from_json_as_it_was_signed():
    for decision in (APPROVE, REJECT, EDIT, EDIT.model_copy(update={"patch": PlanPatch(add=[task("n")])})):
        verify_decision(RISKY, Approval.model_validate_json(approved(decision).model_dump_json()), RING)


@pytest.mark.parametrize("request_", [None, REQUEST])
def test_a_plan_that_waits_may_not_run_whatever_its_status_says(request_):
    for status in PlanStatus:
        expected = ErrorCode.ILLEGAL_TRANSITION if status is PlanStatus.CANCELLED else ErrorCode.APPROVAL_CONFLICT
        assert code_of(verify_runnable, RISKY.model_copy(update={"status": status}), request_) is expected


@pytest.mark.parametrize("decision", [REJECT, EDIT])
def test_a_plan_that_was_rejected_or_edited_may_not_run(decision):
    assert code_of(verify_runnable, VALIDATED, approved(decision)) is ErrorCode.APPROVAL_CONFLICT


FORGED = {
    "no signature": approved().model_copy(update={"signature": None}),
    "another key": approved(ring=OTHER),
    "another person": approved().model_copy(update={"decision": Decision(verdict=Verdict.APPROVE, by="the CFO")}),
    "another reason": approved().model_copy(update={"decision": APPROVE.model_copy(update={"why": "fine"})}),
    "another verdict": approved(REJECT).model_copy(update={"decision": APPROVE}),
    "another time": approved().model_copy(update={"decided_at": NOW}),
    "another end": approved().model_copy(update={"led_to": 2}),
    "other reasons were shown": approved().model_copy(update={"reasons": ["nothing much"]}),
    "not text at all": approved().model_copy(update={"decision": APPROVE.model_copy(update={"why": "\ud800"})}),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_decision_that_nobody_made_is_found(name):
    for check in (verify_runnable, verify_stored):
        assert code_of(check, VALIDATED, FORGED[name]) is ErrorCode.SIGNATURE_MISMATCH


def test_a_request_that_shows_other_reasons_is_found_before_anybody_decides():
    shown = REQUEST.model_copy(update={"reasons": ["a formality"]})
    assert code_of(verify_stored, RISKY, shown) is ErrorCode.SIGNATURE_MISMATCH


def test_a_decision_on_another_plan_does_not_count():
    other = RING.sign(VALIDATED.model_copy(update={"tasks": [task("b")]}))
    assert code_of(verify_runnable, other, approved()) is ErrorCode.SIGNATURE_MISMATCH


def test_that_somebody_has_to_decide_cannot_be_taken_away():
    assert code_of(verify_runnable, VALIDATED.model_copy(update={"approval_reasons": []}), None) is (
        ErrorCode.SIGNATURE_MISMATCH
    )


def test_a_decision_by_a_key_that_is_gone_says_which():
    ring = Keyring({"k2": KEY, "k1": KEY}, "k2")
    assert code_of(verify_runnable, VALIDATED, decided(REQUEST, APPROVE, RISKY, LATER, ring)) is (
        ErrorCode.SIGNING_KEY_MISSING
    )


@pytest.mark.parametrize("status", sorted(PlanStatus))
def test_a_status_that_needs_an_approval_is_not_believed_without(status):
    stored = RISKY.model_copy(update={"status": status})
    if status in (PlanStatus.PENDING, PlanStatus.DRAFT, PlanStatus.AWAITING_APPROVAL, PlanStatus.CANCELLED):
        verify_stored(stored, REQUEST, RING)
        return
    verify_stored(stored, approved(), RING)
    for approval in (None, REQUEST, approved(REJECT), approved(EDIT)):
        assert code_of(verify_stored, stored, approval) is ErrorCode.SIGNATURE_MISMATCH


def test_a_plan_signed_in_the_first_form_can_be_read_but_not_run():
    old = form_1(HARMLESS)
    assert RING.verify(old) == 1
    verify_stored(old, None, RING)
    assert code_of(verify_runnable, old, None) is ErrorCode.APPROVAL_CONFLICT


def test_an_edit_names_the_version_that_it_leads_to():
    assert (approved(EDIT).led_to, approved().led_to, approved(REJECT).led_to) == (2, None, None)


def test_a_patch_that_json_cannot_carry_is_refused():
    edit = Decision(verdict=Verdict.EDIT, by="ana", patch=PlanPatch(change={"a": {"inputs": {"n": 2**60}}}))
    assert code_of(lambda ring: decided(REQUEST, edit, RISKY, LATER, ring)) is ErrorCode.VALIDATION_FAILED
