"""CP-SAT goes on from our schedule, never back, and is not loaded before it is wanted."""

import subprocess
import sys

import pytest
from hypothesis import given, settings

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.rcpsp import optimizing
from groundplan.domain.rcpsp.cp_sat import improve, solve_alone
from groundplan.domain.rcpsp.feasibility import check
from groundplan.domain.rcpsp.optimizing import optimize
from groundplan.domain.rcpsp.problem import Project, Solution
from groundplan.domain.rcpsp.solving import solve
from tests.property_examples import examples
from tests.unit.domain.rcpsp.projects import projects, shortest

LATE = Project((3, 3, 2), ((), (), (0,)), ((1,), (1,), (1,)), (2,))


@settings(max_examples=examples(0.2))
@given(projects(most_jobs=5, longest=3, most_resources=2))
def test_what_it_proves_optimal_is(project: Project) -> None:
    rough = solve(project, schedules=1)
    found = improve(project, rough, seconds=10, workers=1)
    assert check(project, found.starts) == []
    assert found.makespan == found.lower_bound == shortest(project) <= rough.makespan


def test_a_poor_schedule_is_improved_and_proven() -> None:
    found = improve(LATE, Solution((3, 0, 6), 8, 5, "by hand", 1), seconds=10, workers=1)
    assert (found.makespan, found.proven_optimal, found.method) == (5, True, "CP-SAT")


def test_a_schedule_that_cannot_be_improved_stays_as_it_is() -> None:
    best = Solution((0, 2, 3), 5, 3, "by hand", 1)
    found = improve(LATE, best, seconds=10, workers=1)
    assert (found.starts, found.method, found.lower_bound) == (best.starts, "by hand", 5)


def test_without_time_the_schedule_comes_back() -> None:
    rough = Solution((3, 0, 6), 8, 5, "by hand", 1)
    assert improve(LATE, rough, seconds=0) == rough
    assert solve_alone(LATE, seconds=0) is None


def test_alone_it_finds_the_optimum_too() -> None:
    found = solve_alone(LATE, seconds=10, workers=1)
    assert found is not None
    assert (found.makespan, check(LATE, found.starts)) == (5, [])


def test_both_together_prove_what_neither_rule_nor_bound_can() -> None:
    """Three jobs of which no two fit side by side: work over capacity gives 7, the optimum is 12."""
    project = Project((4, 4, 4, 1), ((), (), (), ()), ((3,), (3,), (3,), (1,)), (5,))
    found = optimize(project, seconds=10)
    assert (found.makespan, found.lower_bound, check(project, found.starts)) == (12, 12, [])


@pytest.mark.timeout(30)
def test_the_time_limit_ends_a_search_that_nothing_else_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimizing, "_PATIENCE", 10**9)
    project = Project(
        tuple(1 + job * 7 % 9 for job in range(60)),
        tuple(tuple({job - 6, job - 7} & set(range(job))) for job in range(60)),
        tuple((1 + job * 5 % 7, job * 3 % 8) for job in range(60)),
        (10, 11),
    )
    found = optimize(project, seconds=0.5)
    assert check(project, found.starts) == []


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    with pytest.raises(PlanningError) as caught:
        solve_alone(LATE, seconds=1)
    assert caught.value.code is ErrorCode.SETTINGS_INVALID
    assert "groundplan[optimize]" in caught.value.recovery_suggestion


def test_it_is_not_loaded_before_it_is_wanted() -> None:
    code = "import sys, groundplan.domain.rcpsp.optimizing; sys.exit('ortools' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
