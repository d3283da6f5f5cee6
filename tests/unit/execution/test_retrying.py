import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.ledger import TaskState
from groundplan.domain.task import RetryPolicy
from groundplan.execution.retrying import delay_before, is_retried, left_to_wait
from tests.plan_factories import NOW

THREE = RetryPolicy(attempts=3)


def named(*names):
    return RetryPolicy(attempts=3, retry_on=list(names))


@pytest.mark.parametrize(
    ("policy", "attempt", "error", "retried"),
    [
        (THREE, 1, OSError(), True),
        (THREE, 2, OSError(), True),
        (THREE, 3, OSError(), False),
        (RetryPolicy(), 1, OSError(), False),
        (THREE, 1, ValueError(), False),
        (THREE, 1, KeyError(), False),
        (THREE, 1, PlanningError(ErrorCode.MODEL_TIMEOUT, "slow"), True),
        (THREE, 1, PlanningError(ErrorCode.NO_EXECUTOR, "nobody"), False),
        (THREE, 1, PlanningError(ErrorCode.NO_EXECUTOR, "nobody", retryable=True), True),
        (named("ValueError"), 1, ValueError(), True),
        (named("LookupError"), 1, KeyError(), True),
        (named("ValueError"), 1, OSError(), False),
        (named("E5201"), 1, PlanningError(ErrorCode.NO_EXECUTOR, "nobody"), True),
        (named("NO_EXECUTOR"), 1, PlanningError(ErrorCode.NO_EXECUTOR, "nobody"), True),
    ],
)
def test_whether_an_attempt_is_repeated(policy, attempt, error, retried):
    assert is_retried(policy, attempt, error) is retried


def test_waits_grow_up_to_the_longest():
    policy = RetryPolicy(backoff_seconds=1, backoff_factor=2, max_backoff_seconds=5, jitter=0)
    assert [delay_before(policy, attempt, random.Random()) for attempt in (1, 2, 3, 4, 99)] == [1, 2, 4, 5, 5]


@given(
    backoff=st.floats(0, 1e6), factor=st.floats(1, 100), longest=st.floats(0, 1e6), jitter=st.floats(0, 1),
    attempt=st.integers(1, 100), seed=st.integers(),
)  # fmt: skip
def test_a_wait_is_within_its_jitter_of_the_formula(backoff, factor, longest, jitter, attempt, seed):
    policy = RetryPolicy(backoff_seconds=backoff, backoff_factor=factor, max_backoff_seconds=longest, jitter=jitter)
    wait = delay_before(policy, attempt, random.Random(seed))
    base = min(backoff * factor ** (attempt - 1), longest)
    assert max(0, base * (1 - jitter) * 0.999_999) <= wait <= base * (1 + jitter) * 1.000_001


@given(told=st.floats(0, 1e6), passed=st.floats(-1e6, 1e6))
def test_what_is_left_of_a_wait_is_never_more_than_it_was_nor_less_than_nothing(told, passed):
    state = TaskState(ended_at=NOW, records=[{"retry_in_seconds": told}])
    left = left_to_wait(state, NOW + timedelta(seconds=passed))
    assert 0 <= left <= told
    assert passed < 0 or left <= max(0, told - passed) + 1e-5


def test_a_task_that_was_not_told_to_wait_does_not():
    assert left_to_wait(TaskState(), NOW) == 0.0
