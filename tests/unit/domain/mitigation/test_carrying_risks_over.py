"""What people decided on a plan's risks stays with the same risks of its next version."""

import pytest

from groundplan.domain.mitigation.carrying import carry_over
from groundplan.domain.mitigation.kinds import AppliedMitigation, RiskDecision
from groundplan.domain.risk import Impact, Risk, RiskCategory, RiskStatus
from tests.plan_factories import NOW, task

CHECKED = AppliedMitigation(kind="add_check", added=["a-check"], changed=["a"], by="ada", version=2)
RETRIED = AppliedMitigation(kind="add_retry", changed=["a"], by="ada", version=3)


def risk(risk_id="r", probability=0.6, **fields):
    known = {"description": "x", "impact": Impact.HIGH, "task_ids": ["a"]} | fields
    return Risk(risk_id=risk_id, category=RiskCategory.TECHNICAL, probability=probability, **known)


def tasks(*task_ids):
    return [task(task_id) for task_id in task_ids]


def test_a_risk_that_was_just_met_is_mitigated_and_less_likely():
    [met] = carry_over([risk()], [risk()], tasks("a", "a-check"), {"r": CHECKED})
    assert (met.status, met.probability, met.applied) == (RiskStatus.MITIGATED, 0.3, [CHECKED])


def test_what_the_rules_see_counts_if_it_is_less():
    [met] = carry_over([risk(probability=0.1)], [risk()], tasks("a", "a-check"), {"r": CHECKED})
    assert met.probability == 0.1


def test_the_probability_starts_from_what_was_planned_not_from_what_progress_made_of_it():
    moved = risk(probability=0.9, planned_probability=0.6)
    [met] = carry_over([risk()], [moved], tasks("a", "a-check"), {"r": CHECKED})
    assert (met.probability, met.planned_probability) == (0.3, None)


def test_a_mitigation_stays_in_force_through_later_versions_and_counts_once():
    [met] = carry_over([risk()], [risk()], tasks("a", "a-check"), {"r": CHECKED})
    [later] = carry_over([risk()], [met], tasks("a", "a-check", "b"))
    assert later == met
    [both] = carry_over([risk()], [later], tasks("a", "a-check"), {"r": RETRIED})
    assert (both.probability, both.applied) == (0.15, [CHECKED, RETRIED])


@pytest.mark.parametrize(("applied", "left"), [(CHECKED, ["a"]), (RETRIED, ["b"])])
def test_a_mitigation_that_the_plan_no_longer_has_is_gone(applied, left):
    [met] = carry_over([risk()], [risk()], tasks("a", "a-check"), {"r": applied})
    [later] = carry_over([risk()], [met], tasks(*left))
    assert (later.status, later.probability, later.applied) == (RiskStatus.OPEN, 0.6, [])


def test_a_risk_that_no_rule_sees_any_more_is_told_as_long_as_it_is_mitigated():
    [met] = carry_over([], [risk()], tasks("a", "a-check"), {"r": CHECKED})
    assert (met.status, met.probability) == (RiskStatus.MITIGATED, 0.3)
    assert carry_over([], [met], tasks("a", "a-check")) == [met]
    assert carry_over([], [met], tasks("a")) == []
    assert carry_over([], [risk()], tasks("a")) == []


def test_an_accepted_risk_stays_accepted():
    decision = RiskDecision(by="ada", why="it is cheap", at=NOW)
    accepted = risk(status=RiskStatus.ACCEPTED, accepted=decision)
    [kept] = carry_over([risk(probability=0.5)], [accepted], tasks("a"))
    assert (kept.status, kept.accepted, kept.probability) == (RiskStatus.ACCEPTED, decision, 0.5)


def test_what_has_occurred_has_occurred():
    occurred = risk(status=RiskStatus.OCCURRED, probability=1.0)
    assert carry_over([risk()], [occurred], tasks("a")) == [occurred]
    assert carry_over([], [occurred], tasks("b")) == [occurred]


def test_new_risks_and_those_that_were_closed_begin_anew():
    closed = risk(status=RiskStatus.CLOSED)
    assert carry_over([risk(), risk("s")], [closed], tasks("a")) == [risk(), risk("s")]


def test_what_is_taken_back_gives_its_share_back():
    [met] = carry_over([risk()], [risk()], tasks("a", "a-check"), {"r": CHECKED})
    [both] = carry_over([risk()], [met], tasks("a", "a-check"), {"r": RETRIED})
    [one] = carry_over([risk()], [both], tasks("a", "a-check"), taken_back={"r": RETRIED})
    assert (one.probability, one.applied) == (0.3, [CHECKED])
    assert carry_over([risk()], [one], tasks("a", "a-check"), taken_back={"r": CHECKED}) == [risk()]
    assert carry_over([], [one], tasks("a", "a-check"), taken_back={"r": CHECKED}) == []
