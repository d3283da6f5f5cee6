"""Risks of two sources become one register."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.domain.mitigation.offers import CHECK, RETRY
from groundplan.domain.risk import Impact, Risk, RiskCategory
from groundplan.domain.risk_merging import merged, under_known_ids

WORDS = "The supplier may deliver the parts late"


def risk(description=WORDS, risk_id="r", **fields):
    known = {"category": RiskCategory.EXTERNAL, "probability": 0.3, "impact": Impact.MEDIUM, "task_ids": ["a"]}
    return Risk(risk_id=risk_id, description=description, **(known | fields))


def test_what_both_name_is_one_risk_with_the_graver_of_both():
    rule = risk(rule="outside-dependency", evidence="supplier", mitigations=[RETRY, "Ask"])
    other = risk("Parts of the supplier are delivered late", "m", probability=0.6, impact=Impact.HIGH, rule="model",
                 evidence="step 1", task_ids=["a", "b"], mitigations=[CHECK, RETRY, "Ask"])  # fmt: skip
    [one] = merged([rule], [other])
    assert (one.risk_id, one.rule, one.description) == ("r", "outside-dependency", WORDS)
    assert (one.probability, one.impact, one.evidence) == (0.6, Impact.HIGH, "supplier; step 1")
    assert one.task_ids == ["a", "b"]
    assert [each.description for each in one.mitigations] == [RETRY.description, "Ask", CHECK.description]


def test_a_lower_probability_changes_nothing():
    [one] = merged([risk(probability=0.7, impact=Impact.CRITICAL)], [risk(risk_id="m")])
    assert (one.probability, one.impact) == (0.7, Impact.CRITICAL)


@pytest.mark.parametrize(
    "other",
    [
        {"category": RiskCategory.TIMELINE},
        {"task_ids": ["b"]},
        {"task_ids": []},
        {"description": "The budget runs out"},
        {"description": "€"},
        {"description": "Parts"},
    ],
)
def test_what_differs_in_category_tasks_or_words_stays_apart(other):
    assert len(merged([risk()], [risk(**({"risk_id": "m"} | other))])) == 2


AGAIN = "Parts of the supplier are delivered late"


def test_what_a_model_says_in_other_words_keeps_its_id():
    before = [risk("Nobody is there in August", "m1", rule="model"), risk(risk_id="m2", rule="model")]
    named = [risk(AGAIN, "n1", rule="model"), risk("Prices may rise", "n2", rule="model")]
    assert [one.risk_id for one in under_known_ids(named, before)] == ["m2", "n2"]


@pytest.mark.parametrize(
    "named",
    [
        [risk(AGAIN, "n1", rule="model", impact=Impact.CRITICAL)],
        [risk(AGAIN, "n1", rule="model", task_ids=["b"])],
        [risk(AGAIN, "n1", rule="outside-dependency")],
        [risk(AGAIN, "n1", rule="model"), risk(risk_id="m", rule="model")],
    ],
)
def test_an_id_is_not_given_to_a_graver_or_another_risk_nor_twice(named):
    assert under_known_ids(named, [risk(risk_id="m", rule="model")]) == named


def test_risks_of_the_whole_plan_are_alike_too():
    assert len(merged([risk(task_ids=[])], [risk(risk_id="m", task_ids=[])])) == 1


@given(st.lists(st.builds(risk, st.sampled_from([WORDS, "Other words here", "€"]), probability=st.floats(0, 1))))
def test_merging_leaves_no_more_and_never_lowers(some):
    together = merged([], some)
    assert len(together) <= len(some)
    assert max((one.probability for one in together), default=0) == max((one.probability for one in some), default=0)
    assert merged(together, []) == together
