"""Laws of the critical path method, and worked examples."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.domain.critical_path import CriticalPath, critical_path
from groundplan.domain.dag import transitive_reduction
from groundplan.domain.errors import ErrorCode, PlanningError

Graph = dict[int, list[int]]


@st.composite
def projects(draw: st.DrawFn) -> tuple[dict[int, float], Graph]:
    """Durations and predecessors of up to 12 tasks, key order independent of the edges."""
    size = draw(st.integers(1, 12))
    keys = draw(st.permutations(range(size)))
    graph = {key: [other for other in range(key) if draw(st.booleans())] for key in keys}
    lengths = st.floats(0, 1e6, allow_nan=False) | st.just(0.0)
    return {key: draw(lengths) for key in keys}, graph


def longest(durations: dict[int, float], graph: Graph) -> float:
    """The longest chain by trying every chain."""

    def finish(task: int) -> float:
        return max((finish(before) for before in graph[task]), default=0.0) + durations[task]

    return max(map(finish, durations))


@given(projects())
def test_the_length_is_that_of_the_longest_chain(project: tuple[dict[int, float], Graph]) -> None:
    durations, graph = project
    result = critical_path(durations, graph)
    assert result.length == max(result.earliest_finish.values()) == longest(durations, graph)


@given(projects())
def test_the_path_is_a_whole_chain_as_long_as_the_project(project: tuple[dict[int, float], Graph]) -> None:
    durations, graph = project
    path = critical_path(durations, graph).path
    assert graph[path[0]] == []
    assert all(path[-1] not in before for before in graph.values())
    assert all(before in graph[after] for before, after in itertools.pairwise(path))
    total = critical_path(durations, graph).length
    assert math.isclose(sum(durations[task] for task in path), total, rel_tol=1e-9)


@given(projects())
def test_windows_respect_every_dependency(project: tuple[dict[int, float], Graph]) -> None:
    durations, graph = project
    r = critical_path(durations, graph)
    eps = 1e-9 * r.length
    for task, before in graph.items():
        assert r.earliest_start[task] == max((r.earliest_finish[b] for b in before), default=0.0)
        assert all(r.latest_finish[b] <= r.latest_start[task] + eps for b in before)
        assert r.latest_finish[task] <= r.length
        assert math.isclose(r.latest_finish[task] - r.latest_start[task], durations[task], abs_tol=eps)


@given(projects())
def test_slack_is_never_negative_and_free_slack_never_more(project: tuple[dict[int, float], Graph]) -> None:
    r = critical_path(*project)
    eps = 1e-9 * r.length
    for task in project[0]:
        assert r.earliest_start[task] <= r.latest_start[task]
        assert r.total_slack[task] == r.latest_start[task] - r.earliest_start[task]
        assert 0 <= r.free_slack[task] <= r.total_slack[task] + eps


@given(projects())
def test_tasks_are_critical_exactly_when_they_have_no_slack(project: tuple[dict[int, float], Graph]) -> None:
    r = critical_path(*project)
    assert set(r.path) <= set(r.critical)
    assert list(r.critical) == [task for task in project[0] if r.total_slack[task] == 0]


@given(projects(), st.data())
def test_a_delay_within_the_slack_delays_nothing(project: tuple[dict[int, float], Graph], data: st.DataObject) -> None:
    durations, graph = project
    r = critical_path(durations, graph)
    task = data.draw(st.sampled_from(sorted(durations)))
    slower = {**durations, task: durations[task] + r.total_slack[task]}
    assert critical_path(slower, graph).length <= r.length * (1 + 1e-9)


@given(projects())
def test_edges_that_a_longer_way_implies_change_nothing(project: tuple[dict[int, float], Graph]) -> None:
    durations, graph = project
    full, lean = critical_path(durations, graph), critical_path(durations, transitive_reduction(graph))
    assert (full.earliest_start, full.length) == (lean.earliest_start, lean.length)
    assert full.latest_start == pytest.approx(lean.latest_start)


def _example() -> CriticalPath[str]:
    durations = {"dig": 3, "pour": 2, "frame": 4, "order": 1, "roof": 5}
    waits = {"pour": ["dig"], "frame": ["pour"], "roof": ["frame", "order"]}
    return critical_path(durations, waits)


def test_a_worked_example() -> None:
    r = _example()
    assert (r.length, r.path) == (14, ("dig", "pour", "frame", "roof"))
    assert r.critical == ("dig", "pour", "frame", "roof")
    assert (r.earliest_start["order"], r.latest_start["order"], r.latest_finish["order"]) == (0, 8, 9)
    assert (r.total_slack["order"], r.free_slack["order"]) == (8, 8)


def test_free_slack_stops_at_the_next_start_where_total_slack_goes_on() -> None:
    r = critical_path({"a": 1, "b": 1, "long": 10, "end": 1}, {"b": ["a"], "end": ["b", "long"]})
    assert (r.total_slack["a"], r.free_slack["a"]) == (8, 0)
    assert (r.total_slack["b"], r.free_slack["b"]) == (8, 8)


def test_of_equal_chains_the_first_given_wins() -> None:
    waits = {"end": {"right", "left"}}
    left = critical_path({"left": 2, "right": 2, "end": 1}, waits)
    right = critical_path({"right": 2, "left": 2, "end": 1}, waits)
    assert left.path == ("left", "end")
    assert right.path == ("right", "end")
    assert left.critical == ("left", "right", "end")


def test_rounding_of_sums_is_not_slack() -> None:
    durations = {f"a{i}": 0.1 for i in range(10)} | {"b": 0.7, "c": 0.3}
    waits = {f"a{i}": [f"a{i - 1}"] for i in range(1, 10)} | {"c": ["b"]}
    r = critical_path(durations, waits)
    assert set(r.critical) == set(durations)
    assert set(r.total_slack.values()) == {0.0}


def test_the_path_ends_with_a_task_that_nothing_waits_for_even_of_no_duration() -> None:
    assert critical_path({"work": 5, "done": 0}, {"done": ["work"]}).path == ("work", "done")


def test_no_tasks_take_no_time() -> None:
    r: CriticalPath[str] = critical_path({}, {})
    assert (r.length, r.path, r.critical) == (0, (), ())


def test_a_cycle_is_refused_with_its_path() -> None:
    with pytest.raises(PlanningError) as caught:
        critical_path({"a": 1, "b": 1, "c": 1}, {"a": ["c"], "b": ["a"], "c": ["b"]})
    assert caught.value.code is ErrorCode.DEPENDENCY_CYCLE
    assert caught.value.details["cycle"] == ["a", "c", "b", "a"]


@pytest.mark.parametrize("waits", [{"a": ["z"]}, {"z": ["a"]}])
def test_an_unknown_task_is_refused(waits: dict[str, list[str]]) -> None:
    with pytest.raises(PlanningError) as caught:
        critical_path({"a": 1}, waits)
    assert caught.value.code is ErrorCode.DEPENDENCY_MISSING


@pytest.mark.parametrize("duration", [-1, math.inf, math.nan])
def test_a_duration_must_be_finite_and_not_negative(duration: float) -> None:
    with pytest.raises(ValueError, match="duration of 'a'"):
        critical_path({"a": duration}, {})


@pytest.mark.timeout(20)
def test_ten_thousand_tasks_in_any_shape_are_no_burden() -> None:
    size = 10_000
    durations = dict.fromkeys(range(size), 1.0)
    chain = critical_path(durations, {n: [n - 1] for n in range(1, size)})
    star = critical_path(durations, {n: [0] for n in range(1, size)})
    join = critical_path(durations, {size - 1: list(range(size - 1))})
    assert (chain.length, star.length, join.length) == (size, 2, 2)
    assert len(chain.path) == len(chain.critical) == size
