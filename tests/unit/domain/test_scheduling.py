"""Laws of the schedule, and of the chance to be late."""

import itertools
import math
import statistics
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.domain.capacities import Capacities
from groundplan.domain.dependency_graph import DependencyGraph
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from groundplan.domain.schedule import Milestone, Phase, Schedule
from groundplan.domain.scheduling import make_schedule, probability_of_lateness
from tests.plan_factories import NOW, chains_and_joins, task


def lasting(*points):
    return ResourceEstimate(duration=ThreePoint(*(points * 3 if len(points) == 1 else points)))


def scheduled(tasks, durations, *, buffer_share=0.0, **fields):
    estimates = {work.task_id: lasting(*durations[work.task_id]) for work in tasks}
    return make_schedule(tasks, DependencyGraph.of(tasks), estimates, buffer_share=buffer_share, now=NOW, **fields)


@st.composite
def plans(draw):
    tasks = draw(chains_and_joins())
    three = st.lists(st.integers(0, 10_000), min_size=3, max_size=3).map(sorted).map(tuple)
    return tasks, {work.task_id: draw(three) for work in tasks}


def mean(durations, task_id):
    return ThreePoint(*durations[task_id]).mean


@given(plans())
def test_a_task_starts_when_the_last_that_it_waits_for_is_done(made):
    tasks, durations = made
    windows = scheduled(tasks, durations).windows
    for work in tasks:
        window = windows[work.task_id]
        ready = max((windows[other].earliest_finish for other in work.predecessors), default=0)
        assert window.earliest_start == pytest.approx(ready)
        assert window.earliest_finish == pytest.approx(window.earliest_start + mean(durations, work.task_id))


@given(plans(), st.integers(1, 4))
def test_within_a_limit_no_more_run_at_once_and_nobody_starts_too_early(made, at_once):
    tasks, durations = made
    schedule = scheduled(tasks, durations, within=Capacities(at_once=at_once))
    windows, free = schedule.windows, scheduled(tasks, durations)
    for work in tasks:
        assert all(
            windows[work.task_id].earliest_start >= windows[other].earliest_finish - 1e-6 for other in work.predecessors
        )
    for moment in {window.earliest_start for window in windows.values()}:
        running = [w for w in windows.values() if w.earliest_start <= moment < w.earliest_finish - 1e-6]
        assert len(running) <= at_once
    work = sum(mean(durations, one.task_id) for one in tasks)
    assert max(free.makespan, work / at_once) - 1e-6 <= schedule.makespan
    assert schedule.makespan <= work / at_once + (1 - 1 / at_once) * free.makespan + 1e-6, "Graham's bound"
    assert schedule.makespan == pytest.approx(max(w.earliest_finish for w in windows.values()))
    assert (schedule == free) or (schedule.at_once == at_once and "list schedule" in schedule.method)


def test_one_place_means_one_after_the_other():
    tasks = [task(name) for name in "abc"]
    durations = {"a": (1, 1, 1), "b": (3, 3, 3), "c": (2, 2, 2)}
    schedule = scheduled(tasks, durations, within=Capacities(at_once=1))
    assert schedule.makespan == 6
    assert schedule.critical_path == ["b", "c", "a"]
    assert scheduled(tasks, durations, within=Capacities(at_once=3)) == scheduled(tasks, durations)


@given(plans())
def test_a_task_must_end_before_what_waits_for_it_must_start(made):
    tasks, durations = made
    schedule = scheduled(tasks, durations)
    after = DependencyGraph.of(tasks).successors
    for task_id, window in schedule.windows.items():
        latest = min((schedule.windows[other].latest_start for other in after[task_id]), default=schedule.makespan)
        assert window.latest_finish == pytest.approx(latest)
        assert window.latest_start == pytest.approx(window.latest_finish - mean(durations, task_id))


@given(plans())
def test_slack_is_what_lies_between_early_and_late_and_never_negative(made):
    tasks, durations = made
    for window in scheduled(tasks, durations).windows.values():
        assert window.total_slack == pytest.approx(window.latest_start - window.earliest_start)
        assert 0 <= window.free_slack <= window.total_slack + 1e-6


@given(plans())
def test_the_critical_path_is_a_chain_without_slack_as_long_as_the_plan(made):
    tasks, durations = made
    schedule = scheduled(tasks, durations)
    by_id = {work.task_id: work for work in tasks}
    path = schedule.critical_path
    assert not by_id[path[0]].predecessors or schedule.windows[path[0]].earliest_start == 0
    assert all(before in by_id[after].predecessors for before, after in itertools.pairwise(path))
    assert all(schedule.windows[task_id].total_slack == 0 for task_id in path)
    assert sum(mean(durations, task_id) for task_id in path) == pytest.approx(schedule.makespan)
    assert schedule.makespan == pytest.approx(max(window.earliest_finish for window in schedule.windows.values()))


@given(plans(), st.floats(0, 2))
def test_the_buffer_is_a_share_of_the_makespan(made, share):
    schedule = scheduled(*made, buffer_share=share)
    assert schedule.buffer == pytest.approx(share * schedule.makespan)
    assert schedule.finish == pytest.approx(schedule.makespan + schedule.buffer)


@given(plans())
def test_the_deviations_of_the_critical_tasks_add_in_squares(made):
    tasks, durations = made
    schedule = scheduled(tasks, durations)
    variance = sum(ThreePoint(*durations[task_id]).std ** 2 for task_id in schedule.critical_path)
    assert schedule.std == pytest.approx(math.sqrt(variance))


@given(plans())
def test_near_critical_tasks_have_some_slack_but_little(made):
    schedule = scheduled(*made)
    for task_id, window in schedule.windows.items():
        near = 1e-6 < window.total_slack <= 0.1 * schedule.makespan
        assert (task_id in schedule.near_critical) == near or math.isclose(
            window.total_slack, 0.1 * schedule.makespan, rel_tol=1e-6
        )


@given(plans())
def test_json_and_back_is_the_same_schedule(made):
    schedule = scheduled(*made, deadline=NOW)
    assert Schedule.model_validate_json(schedule.model_dump_json()) == schedule


def test_a_worked_example():
    tasks = [task("a"), task("b", "a"), task("c", "a"), task("d", "b", "c")]
    schedule = scheduled(tasks, {"a": (10,), "b": (20,), "c": (19,), "d": (5,)}, buffer_share=0.1)
    assert schedule.critical_path == ["a", "b", "d"]
    assert schedule.near_critical == ["c"]
    assert (schedule.makespan, schedule.buffer, schedule.finish) == (35, 3.5, 38.5)
    assert schedule.windows["c"] == (10, 29, 11, 30, 1, 1)
    assert schedule.milestones == [Milestone(name="plan done", task_ids=["d"], at=35)]
    assert schedule.phases == []
    assert (schedule.deadline, schedule.deadline_slack) == (None, None)


@pytest.mark.parametrize(("seconds", "near"), [(89, []), (90, ["b"]), (99, ["b"]), (100, [])])
def test_a_tenth_of_the_makespan_is_still_near(seconds, near):
    schedule = scheduled([task("a"), task("b")], {"a": (100,), "b": (seconds,)})
    assert schedule.near_critical == near


def test_phases_span_their_tasks_and_end_in_milestones():
    tasks = [
        task("a", phase="prepare"),
        task("b", "a", phase="do"),
        task("c", phase="prepare"),
        task("d", "b"),
        task("e", "a"),
    ]
    schedule = scheduled(tasks, {"a": (10,), "b": (20,), "c": (15,), "d": (1,), "e": (1,)})
    assert schedule.phases == [
        Phase(name="prepare", task_ids=["a", "c"], start=0, finish=15),
        Phase(name="do", task_ids=["b"], start=10, finish=30),
    ]
    assert schedule.milestones == [
        Milestone(name="prepare done", task_ids=["a", "c"], at=15),
        Milestone(name="do done", task_ids=["b"], at=30),
        Milestone(name="plan done", task_ids=["c", "d", "e"], at=31),
    ]


def test_what_is_to_spare_before_the_deadline_counts_the_buffer():
    deadline = NOW + timedelta(seconds=100)
    schedule = scheduled([task("a")], {"a": (80,)}, buffer_share=0.5, deadline=deadline)
    assert (schedule.deadline, schedule.deadline_slack) == (deadline, -20)


def test_times_without_a_zone_are_utc():
    naive = NOW.replace(tzinfo=None)
    estimates = {"a": lasting(60)}
    graph = DependencyGraph.of([task("a")])
    one = make_schedule([task("a")], graph, estimates, buffer_share=0, now=naive, deadline=NOW)
    assert (one.deadline, one.deadline_slack) == (NOW, -60)


def test_no_tasks_take_no_time():
    schedule = scheduled([], {})
    assert (schedule.makespan, schedule.critical_path, schedule.windows) == (0, [], {})
    assert schedule.milestones == [Milestone(name="plan done", task_ids=[], at=0)]


def test_a_cycle_has_no_schedule():
    with pytest.raises(PlanningError) as caught:
        scheduled([task("a", "b"), task("b", "a")], {"a": (1,), "b": (1,)})
    assert caught.value.code is ErrorCode.DEPENDENCY_CYCLE


@given(st.floats(1, 1e6), st.floats(0.1, 1e5), st.floats(0, 2e6))
def test_the_chance_to_be_late_is_that_of_the_normal_distribution(makespan, std, available):
    chance = probability_of_lateness(Schedule(makespan=makespan, std=std), available)
    assert chance == pytest.approx(1 - statistics.NormalDist(makespan, std).cdf(available), abs=1e-9)


@pytest.mark.parametrize(("available", "chance"), [(99, 1), (100, 0), (101, 0)])
def test_a_certain_plan_is_either_late_or_not(available, chance):
    assert probability_of_lateness(Schedule(makespan=100, std=0), available) == chance
