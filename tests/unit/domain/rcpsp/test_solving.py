"""Every answer is feasible, no shorter than the bound, and as short as can be where that can be tried out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.rcpsp.feasibility import check
from groundplan.domain.rcpsp.problem import Project, makespan
from groundplan.domain.rcpsp.solving import solve
from tests.property_examples import examples
from tests.unit.domain.rcpsp.projects import projects, shortest


@settings(max_examples=examples(1))
@given(projects(), st.integers(1, 60))
def test_every_answer_keeps_precedence_and_capacity(project: Project, schedules: int) -> None:
    solution = solve(project, schedules=schedules)
    assert check(project, solution.starts) == []
    assert solution.makespan == makespan(solution.starts, project.durations)
    assert solution.makespan >= solution.lower_bound
    assert 1 <= solution.schedules <= schedules


@settings(max_examples=examples(1))
@given(projects(most_jobs=5, longest=3, most_resources=2))
def test_tiny_projects_are_solved_to_the_optimum(project: Project) -> None:
    solution = solve(project, schedules=400)
    best = shortest(project)
    assert solution.makespan == best
    assert solution.lower_bound <= best


@settings(max_examples=examples(0.5))
@given(projects(), st.integers(1, 1000))
def test_a_longer_unit_of_time_gives_the_same_schedule(project: Project, unit: int) -> None:
    stretched = Project(
        tuple(length * unit for length in project.durations),
        project.predecessors,
        project.demands,
        project.capacities,
    )
    found, wanted = solve(stretched, schedules=50), solve(project, schedules=50)
    assert found.starts == tuple(start * unit for start in wanted.starts)
    assert found.lower_bound == wanted.lower_bound * unit


def test_the_same_seed_and_count_give_the_same_answer() -> None:
    project = _contended(jobs=40)
    assert solve(project, schedules=300, seed=7) == solve(project, schedules=300, seed=7)


def test_a_chain_is_proven_optimal_by_the_first_schedule() -> None:
    solution = solve(Project((3, 0, 4), ((), (0,), (1,)), ((1,), (1,), (1,)), (1,)), schedules=100)
    assert (solution.starts, solution.makespan, solution.proven_optimal, solution.schedules) == ((0, 3, 3), 7, True, 1)


def test_no_jobs_take_no_time() -> None:
    solution = solve(Project((), (), (), (4,)), schedules=5)
    assert (solution.starts, solution.makespan, solution.proven_optimal) == ((), 0, True)


def test_the_genetic_algorithm_beats_the_rules_on_a_contended_project() -> None:
    project = _contended(jobs=40)
    assert solve(project, schedules=600).makespan < solve(project, schedules=10).makespan


@pytest.mark.timeout(20)
def test_the_time_limit_ends_a_search_that_nothing_else_would() -> None:
    assert solve(_contended(jobs=60), seconds=0.2).schedules > 50


def test_patience_ends_a_search_that_finds_nothing_more() -> None:
    project = _contended(jobs=40)
    patient, weary = solve(project, schedules=3000), solve(project, schedules=3000, patience=100)
    assert patient.schedules == 3000
    assert 100 < weary.schedules < 3000


def test_a_search_ends_when_what_was_found_is_good_enough() -> None:
    asked = iter([False, False, True])
    assert solve(_contended(jobs=40), schedules=3000, good_enough=lambda: next(asked)).schedules == 3


@pytest.mark.timeout(20)
@pytest.mark.parametrize("width", [0, 1, 10_000])
def test_ten_thousand_jobs_are_scheduled_within_seconds(width: int) -> None:
    """A chain, a star with one place, and a star with a place for everybody."""
    jobs = 10_000
    before = tuple(((job - 1,) if width == 0 else (0,)) if job else () for job in range(jobs))
    project = Project(tuple(1 + job % 90 for job in range(jobs)), before, ((1,),) * jobs, (max(1, width),))
    assert solve(project, seconds=0.1).proven_optimal


def test_a_cycle_is_named() -> None:
    with pytest.raises(PlanningError) as caught:
        solve(Project((1, 1), ((1,), (0,)), ((), ()), ()), schedules=1)
    assert caught.value.code is ErrorCode.DEPENDENCY_CYCLE
    assert caught.value.details["cycle"] == [0, 1, 0]


def test_a_predecessor_that_is_no_job_is_refused() -> None:
    with pytest.raises(PlanningError) as caught:
        solve(Project((1,), ((5,),), ((),), ()), schedules=1)
    assert caught.value.code is ErrorCode.DEPENDENCY_MISSING


def test_a_limit_is_needed() -> None:
    with pytest.raises(ValueError, match="limit"):
        solve(Project((1,), ((),), ((),), ()))


def _contended(jobs: int) -> Project:
    """Layers of six jobs, uneven in length and demand, each waiting for two of the layer before."""
    return Project(
        durations=tuple(1 + job * 7 % 9 for job in range(jobs)),
        predecessors=tuple(
            tuple({(job - 6 - job % 5) % jobs, job - 6} & set(range(max(0, job)))) for job in range(jobs)
        ),
        demands=tuple((1 + job * 5 % 7, job * 3 % 8) for job in range(jobs)),
        capacities=(10, 11),
    )
