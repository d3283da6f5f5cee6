"""What the gauges of a run read from its progress and its surroundings."""

import pytest

from groundplan.domain.earned_value import EarnedValue
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.monitoring import Trouble
from groundplan.domain.monitoring_rules import MonitorRules
from groundplan.domain.progress import PlanProgress
from groundplan.domain.risk import Risk
from groundplan.domain.trigger_gauges import gauges_of
from groundplan.domain.triggers import Memory, read_gauges
from tests.plan_factories import NOW


def progress(spi=1.0, findings=()):
    value = EarnedValue(bac=100, pv=10, ev=10 * spi, ac=10 * spi)
    return PlanProgress(
        plan_id="p1", version=1, status=PlanStatus.EXECUTING, at=NOW, earned_value=value, findings=list(findings)
    )


def likely(probability, **fields):
    known = {"rule": "deadline", "category": "timeline", "description": "It may be late", "impact": "high"}
    return Risk(**(known | {"probability": probability} | fields))


def reading(*risks, fired=(), seen=None, **rules):
    gauges = gauges_of(seen or progress(), MonitorRules(**rules), risks=risks)
    read = read_gauges(gauges, Memory(fired=frozenset(fired)), NOW, interval=0)
    return [gauge.trigger.value for gauge in read.fires], [gauge.trigger.value for gauge in read.rearms]


@pytest.mark.parametrize(("spi", "fires"), [(0.5, ["schedule"]), (1.5, [])])
def test_an_index_without_hysteresis_fires_when_it_is_low(spi, fires):
    assert reading(seen=progress(spi), hysteresis=0) == (fires, [])


def test_a_risk_that_trembles_about_its_threshold_fires_once():
    assert reading(likely(0.71)) == (["risk"], [])
    for probability in (0.69, 0.71, 0.61):
        assert reading(likely(probability), fired=["risk"]) == ([], [])
    assert reading(likely(0.59), fired=["risk"]) == ([], ["risk"])


@pytest.mark.parametrize(
    "settled", [{"status": "accepted"}, {"status": "closed"}, {"status": "occurred"}, {"impact": "medium"}]
)
def test_a_risk_that_is_accepted_over_or_not_bad_enough_does_not_fire(settled):
    assert reading(likely(0.9, **settled)) == ([], [])
    assert reading(likely(0.9, **settled), fired=["risk"]) == ([], ["risk"])


@pytest.mark.parametrize("probability", [0.0, 0.05])
def test_a_low_threshold_neither_fires_without_a_risk_nor_stays_beyond(probability):
    assert reading(risk_probability=probability) == ([], [])
    assert reading(likely(0.06), risk_probability=probability) == (["risk"], [])
    assert reading(fired=["risk"], risk_probability=probability) == ([], ["risk"])


@pytest.mark.parametrize(("kinds", "fires"), [(["stuck"], []), (["stuck", "late"], ["drift"])])
def test_a_task_that_is_stuck_is_no_drift(kinds, fires):
    found = [Trouble(kind=kind, task_id="a", severity="high", why="x", since=NOW) for kind in kinds]
    assert reading(seen=progress(findings=found)) == (fires, [])
