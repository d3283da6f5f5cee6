"""The settings of monitoring, as rules."""

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.monitoring_rules import MonitorRules
from groundplan.domain.risk import Impact
from groundplan.service import Settings


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def rules(**given):
    settings = Settings.load(**given)
    return settings.monitoring(
        risk_probability=settings.risk_threshold_probability, risk_impact=settings.risk_threshold_impact
    )


def test_defaults_are_those_of_the_rules():
    assert rules() == MonitorRules()


def test_the_older_name_of_the_interval_is_read(monkeypatch):
    monkeypatch.setenv("PLANNING_REPLANNING_INTERVAL", "5")
    assert rules().replan_every == 300


def test_hours_of_escalation_are_read_as_json(monkeypatch):
    monkeypatch.setenv("GROUNDPLAN_ESCALATION_HOURS", '{"low": 1.5}')
    assert rules().escalation.hours == {Impact.LOW: 1.5}


@pytest.mark.parametrize(
    ("name", "value"),
    [("REPLANNING_INTERVAL_MINUTES", "0"), ("STUCK_FACTOR", "-1"), ("ESCALATION_HOURS", '{"low": -1}'),
     ("SPI_THRESHOLD", "nan"), ("ESCALATION_REPEATS", "1")],
)  # fmt: skip
def test_what_cannot_be_used_is_refused(name, value, monkeypatch):
    monkeypatch.setenv(f"GROUNDPLAN_{name}", value)
    with pytest.raises(PlanningError) as raised:
        rules()
    assert raised.value.code is ErrorCode.SETTINGS_INVALID
