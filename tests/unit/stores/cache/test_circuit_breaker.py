import pytest

from groundplan.stores.cache.circuit_breaker import CircuitBreaker


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(2.0, 10.0, clock=clock)


def test_calls_go_through_while_all_goes_well(breaker: CircuitBreaker) -> None:
    assert breaker.allows()
    assert breaker.succeeded() is False
    assert breaker.is_closed
    assert breaker.allows()


def test_the_first_failure_opens_it_and_says_so_once(breaker: CircuitBreaker) -> None:
    assert breaker.failed() is True
    assert breaker.failed() is False
    assert not breaker.is_closed
    assert not breaker.allows()


def test_after_the_wait_one_call_is_let_through_and_no_second(breaker: CircuitBreaker, clock: Clock) -> None:
    breaker.failed()
    clock.now += 1.99
    assert not breaker.allows()
    clock.now += 0.01
    assert [breaker.allows() for _ in range(3)] == [True, False, False]


def test_a_trial_that_goes_well_closes_it(breaker: CircuitBreaker, clock: Clock) -> None:
    breaker.failed()
    clock.now += 2
    assert breaker.allows()
    assert breaker.succeeded() is True
    assert breaker.is_closed
    assert breaker.wait_seconds == 0.0


def test_each_failed_trial_doubles_the_wait_up_to_the_longest(breaker: CircuitBreaker, clock: Clock) -> None:
    breaker.failed()
    waits = []
    for _ in range(5):
        waits.append(breaker.wait_seconds)
        clock.now += breaker.wait_seconds
        assert breaker.allows()
        assert breaker.failed() is False
    assert waits == [2.0, 4.0, 8.0, 10.0, 10.0]


def test_late_failures_of_calls_sent_before_it_opened_do_not_lengthen_the_wait(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    breaker.failed()
    clock.now += 1.0
    for _ in range(10):
        breaker.failed()
    assert breaker.wait_seconds == 2.0
    clock.now += 1.0
    assert breaker.allows()


def test_a_trial_that_never_ends_is_followed_by_another(breaker: CircuitBreaker, clock: Clock) -> None:
    breaker.failed()
    clock.now += 2
    assert breaker.allows()
    clock.now += 2
    assert breaker.allows()
