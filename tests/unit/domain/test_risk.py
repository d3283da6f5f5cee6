import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from groundplan.domain.risk import Impact, Risk, RiskCategory, RiskStatus


def risk(probability=0.5, impact=Impact.HIGH):
    return Risk(category=RiskCategory.TECHNICAL, description="It may break", probability=probability, impact=impact)


@pytest.mark.parametrize(
    ("impact", "score"), [(Impact.LOW, 0.2), (Impact.MEDIUM, 0.4), (Impact.HIGH, 0.6), (Impact.CRITICAL, 0.8)]
)
def test_the_score_is_probability_times_impact(impact, score):
    assert risk(0.8, impact).score == pytest.approx(score)


@given(st.floats(0, 1), st.sampled_from(Impact), st.floats(0, 1), st.sampled_from(Impact))
def test_a_risk_is_over_a_threshold_when_it_is_as_likely_and_as_bad(probability, impact, limit, least):
    order = list(Impact)
    expected = probability >= limit and order.index(impact) >= order.index(least)
    assert risk(probability, impact).over(limit, least) == expected


@pytest.mark.parametrize("wrong", [{"probability": -0.1}, {"probability": 1.1}, {"impact": "fatal"}, {"risk_id": ""}])
def test_what_does_not_fit_is_refused(wrong):
    fields = {"category": "technical", "description": "x", "probability": 0.5, "impact": "low"}
    assert Risk(**fields)
    with pytest.raises(ValidationError):
        Risk(**(fields | wrong))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (RiskCategory, "technical resource timeline integration external"),
        (Impact, "low medium high critical"),
        (RiskStatus, "open mitigated accepted occurred closed"),
    ],
)
def test_enums_have_the_documented_values(kind, values):
    assert [member.value for member in kind] == values.split()
