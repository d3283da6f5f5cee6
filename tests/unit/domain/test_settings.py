import pytest
from pydantic import ValidationError

from groundplan.domain.risk import Impact
from groundplan.domain.sanitizer import Policy
from groundplan.domain.settings import ModelLimits, PlannerSettings


def test_the_defaults_are_the_documented_ones():
    settings = PlannerSettings()
    assert settings.sanitizer_policy is Policy.STANDARD
    assert settings.max_concurrent_tasks == 10
    assert settings.default_task_timeout_hours == 8
    assert (settings.risk_threshold_probability, settings.risk_threshold_impact) == (0.7, Impact.HIGH)
    assert settings.resource_buffer_percentage == 0.1
    assert settings.planning_horizon_days == 30
    assert settings.auto_approve_low_risk_plans is True
    assert settings.cache_ttl_seconds == 3600
    assert settings.approval_cost_limit is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_tasks": 0},
        {"max_repairs": -1},
        {"risk_threshold_probability": 1.5},
        {"resource_buffer_percentage": -0.1},
        {"planning_horizon_days": 0},
        {"planning_horizon_days": float("inf")},
        {"cache_ttl_seconds": -1},
        {"approval_cost_limit": -1},
        {"max_retries": 3},
        {"model": {"num_predict": 1}},
        {"model": {"max_calls": 0}},
    ],
)
def test_values_that_mean_nothing_are_refused(wrong):
    with pytest.raises(ValidationError):
        PlannerSettings(**wrong)


def test_a_model_is_bounded_in_time_calls_and_tokens():
    limits = ModelLimits()
    assert min(limits.timeout_seconds, limits.max_calls, limits.max_tokens, limits.num_predict) > 0
