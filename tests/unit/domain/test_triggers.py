"""Triggers: two thresholds, a rest between two answers, and a memory that is made of events."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan.domain.events import Event, EventType
from groundplan.domain.triggers import Gauge, Memory, Trigger, is_due, memory_of, read_gauges
from tests.plan_factories import NOW
from tests.property_examples import examples

HOUR = 3600.0


def at(seconds):
    return NOW + timedelta(seconds=seconds)


def spi(value, rearms_at=0.9):
    return Gauge(trigger=Trigger.SCHEDULE, value=value, fires_at=0.8, rearms_at=rearms_at, falls=True)


def risk(value):
    return Gauge(trigger=Trigger.RISK, value=value, fires_at=0.6, rearms_at=0.5)


def told(kind, seconds, **data):
    return Event(type=EventType(kind), at=at(seconds), plan_id="p1", data=data)


def read(*gauges, memory=None, seconds=2 * HOUR):
    return read_gauges(gauges, memory or Memory(), at(seconds), interval=HOUR)


def names(gauges):
    return [gauge.trigger.value for gauge in gauges]


def test_an_index_fires_below_its_threshold_and_a_score_above():
    assert names(read(spi(0.79), risk(0.6)).fires) == ["schedule", "risk"]
    assert not read(spi(0.8), risk(0.59)).fires


def test_what_has_fired_is_armed_again_only_beyond_the_other_threshold():
    fired = Memory(fired=frozenset({"schedule", "risk"}))
    between = read(spi(0.85), risk(0.55), memory=fired)
    assert (between.fires, between.rearms) == ((), ())
    beyond = read(spi(0.5), risk(0.9), memory=fired)
    assert (beyond.fires, beyond.rearms) == ((), ())
    assert names(read(spi(0.9), risk(0.49), memory=fired).rearms) == ["schedule", "risk"]


def test_without_hysteresis_an_index_still_falls_towards_trouble():
    assert names(read(spi(0.5, rearms_at=0.8)).fires) == ["schedule"]
    assert not read(spi(1.5, rearms_at=0.8)).fires
    fired = Memory(fired=frozenset({"schedule"}))
    assert names(read(spi(0.8, rearms_at=0.8), memory=fired).rearms) == ["schedule"]
    assert not read(spi(0.79, rearms_at=0.8), memory=fired).rearms


def test_nothing_to_read_neither_fires_nor_arms():
    assert not read(spi(None)).fires
    assert not read(spi(None), memory=Memory(fired=frozenset({"schedule"}))).rearms


def test_nothing_fires_before_the_interval_is_over():
    soon = Memory(answered_at=at(1.5 * HOUR))
    assert not read(spi(0.1), memory=soon).fires
    assert read(spi(0.1), memory=Memory(answered_at=at(HOUR))).fires


def test_an_answer_in_the_future_of_a_clock_that_went_back_holds_nothing_up():
    assert is_due(Memory(answered_at=at(1e6)), at(0), HOUR)


def test_the_one_that_repeats_is_always_armed():
    drift = Gauge(trigger=Trigger.DRIFT, value=2, fires_at=1, rearms_at=1, repeats=True)
    reading = read(drift, memory=Memory(fired=frozenset({"drift"})))
    assert (names(reading.fires), reading.rearms) == (["drift"], ())


def test_the_memory_is_in_the_events():
    events = [
        told("plan.started", 0),
        told("plan.drifted", 10, trigger="schedule"),
        told("plan.drifted", 10, trigger="resources", noted={"seen": ["a"]}),
        told("task.started", 15),
        told("plan.replanned", 20),
        told("plan.recovered", 30, trigger="resources", noted={"seen": ["a", "b"]}),
    ]
    known = memory_of(events)
    assert (known.fired, known.answered_at) == ({"schedule"}, at(20))
    assert known.noted == {"resources": {"seen": ["a", "b"]}}


def test_another_run_begins_with_all_of_them_armed():
    known = memory_of([told("plan.drifted", 10, trigger="cost"), told("plan.started", 50)])
    assert (known.fired, known.answered_at) == (frozenset(), at(50))


def test_what_there_was_at_the_start_is_known_from_the_first_event():
    known = memory_of([told("plan.started", 0, noted={"resources": {"seen": ["a"]}})])
    assert known.noted == {"resources": {"seen": ["a"]}}


def test_a_plan_that_was_kept_as_it_is_was_answered_too():
    assert memory_of([told("plan.kept", 7)]).answered_at == at(7)


def test_each_answer_in_a_row_that_left_the_plan_as_it_was_doubles_the_rest():
    events = [told("plan.started", 0)]
    for hours in (1, 3, 7):
        assert not read(spi(0.1), memory=memory_of(events), seconds=hours * HOUR - 1).fires
        assert read(spi(0.1), memory=memory_of(events), seconds=hours * HOUR).fires
        events.append(told("plan.kept", hours * HOUR))
    events.append(told("plan.replanned", 7 * HOUR))
    assert read(spi(0.1), memory=memory_of(events), seconds=8 * HOUR).fires


@settings(max_examples=examples(2))
@given(st.lists(st.floats(0, 2), max_size=40))
def test_between_two_firings_it_was_back(values):
    events, last = [], None
    for number, value in enumerate(values):
        reading = read_gauges([spi(value)], memory_of(events), at(number * HOUR), interval=HOUR)
        events += [told("plan.drifted", number * HOUR, trigger="schedule") for _ in reading.fires]
        events += [told("plan.recovered", number * HOUR, trigger="schedule") for _ in reading.rearms]
        if reading.fires:
            assert value < 0.8
            assert last is None or max(values[last:number]) >= 0.9
            last = number
