import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from groundplan.domain.mitigation.kinds import Mitigation, MitigationKind
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


def test_advice_is_written_and_read_as_plain_text():
    known = risk().model_copy(update={"mitigations": [Mitigation(description="Ask somebody")]})
    assert known.model_dump(mode="json")["mitigations"] == ["Ask somebody"]
    assert Risk.model_validate_json(known.model_dump_json()).mitigations == known.mitigations


def test_edits_are_told_by_their_kind_each_once():
    edits = [Mitigation(kind=kind, description="x") for kind in ("add_check", "advice", "add_retry", "add_check")]
    known = risk().model_copy(update={"mitigations": edits})
    assert Risk.model_validate_json(known.model_dump_json()) == known
    assert known.edits == [MitigationKind.ADD_CHECK, MitigationKind.ADD_RETRY]


def test_every_edit_leaves_less_of_the_risk_and_advice_all():
    assert [kind.residual < 1 for kind in MitigationKind] == [
        kind is not MitigationKind.ADVICE for kind in MitigationKind
    ]
