"""Which risks somebody has to hear of."""

import pytest

from groundplan.domain.risk import Impact, Risk, RiskCategory, RiskStatus
from groundplan.domain.risk_alerts import is_alert, is_raised, ranked


def risk(probability=0.5, status=RiskStatus.OPEN, **fields):
    known = {"description": "x", "impact": Impact.HIGH, "task_ids": ["a"], "category": RiskCategory.TECHNICAL}
    return Risk(risk_id="r", probability=probability, status=status, **(known | fields))


@pytest.mark.parametrize(
    ("one", "alerts"),
    [
        (risk(0.7), True),
        (risk(0.69), False),
        (risk(0.7, impact=Impact.MEDIUM), False),
        (risk(0.9, RiskStatus.MITIGATED), True),
        (risk(1.0, RiskStatus.OCCURRED), True),
        (risk(0.9, RiskStatus.ACCEPTED), False),
        (risk(0.9, RiskStatus.CLOSED), False),
    ],
)
def test_a_risk_alerts_over_the_threshold_until_it_is_accepted_or_closed(one, alerts):
    assert is_alert(one, 0.7, Impact.HIGH) is alerts


@pytest.mark.parametrize(
    ("before", "after", "raised"),
    [
        (None, risk(), True),
        (None, risk(status=RiskStatus.CLOSED), False),
        (risk(), risk(), False),
        (risk(), risk(0.6), True),
        (risk(), risk(0.4), False),
        (risk(), risk(task_ids=["a", "b"]), True),
        (risk(task_ids=["a", "b"]), risk(), False),
        (risk(), risk(1.0, RiskStatus.OCCURRED), True),
        (risk(1.0, RiskStatus.OCCURRED), risk(1.0, RiskStatus.OCCURRED), False),
        (risk(), risk(status=RiskStatus.CLOSED), False),
        (risk(status=RiskStatus.CLOSED), risk(0.1), True),
    ],
)
def test_a_risk_is_raised_when_it_is_new_or_worse(before, after, raised):
    assert is_raised(before, after) is raised


def test_what_is_over_is_ranked_last():
    some = [risk(1.0, RiskStatus.CLOSED), risk(0.1), risk(0.6)]
    assert ranked(some) == [some[2], some[1], some[0]]
