"""What is no project is refused, and what is no schedule is found out."""

from typing import Any

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.rcpsp.feasibility import check
from groundplan.domain.rcpsp.problem import Project

WELL_FORMED: dict[str, Any] = {
    "durations": (1, 2),
    "predecessors": ((), (0,)),
    "demands": ((1,), (1,)),
    "capacities": (1,),
}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"durations": (1, -2)}, "Entry 1 of durations is -2"),
        ({"predecessors": ((),)}, "2 durations, but 1 rows of predecessors"),
        ({"demands": ((1,),)}, "2 durations, but 1 rows of demands"),
        ({"demands": ((1,), ())}, "Job 1 has 0 demands"),
        ({"demands": ((1,), (-1,))}, "demands of job 1 is -1"),
        ({"capacities": (-1,)}, "must not be negative"),
        ({"stocks": (5,)}, "0 rows of consumption"),
        ({"stocks": (5,), "consumption": ((1,), (1, 1))}, "Job 1 has 2 consumption"),
    ],
)
def test_a_malformed_project_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Project(**WELL_FORMED | wrong)


def test_a_job_that_demands_more_than_exists_is_named_with_the_resource() -> None:
    with pytest.raises(PlanningError) as caught:
        Project(**WELL_FORMED | {"demands": ((1,), (3,))})
    assert caught.value.code is ErrorCode.RESOURCE_EXCEEDED
    assert caught.value.details == {"job": 1, "resource": 0, "demand": 3, "capacity": 1}


def test_a_resource_of_which_there_is_nothing_is_fine_while_nobody_needs_it() -> None:
    assert Project(**WELL_FORMED | {"demands": ((1, 0), (1, 0)), "capacities": (1, 0)}).capacities == (1, 0)


def test_stocks_hold_for_all_jobs_together() -> None:
    enough = {"consumption": ((40, 1), (60, 0)), "stocks": (100, 1)}
    assert Project(**WELL_FORMED | enough).stocks == (100, 1)
    with pytest.raises(PlanningError, match="take 100 of stock 0, which holds 99") as caught:
        Project(**WELL_FORMED | enough | {"stocks": (99, 1)})
    assert caught.value.details == {"stock": 0, "demand": 100, "capacity": 99}


@pytest.mark.parametrize(
    ("starts", "found"),
    [
        ((0, 1), []),
        ((0, 7), []),
        ((0,), ["1 starts for 2 jobs"]),
        ((-1, 1), ["Job 0 starts at -1, before the project"]),
        (
            (0, 0),
            [
                "Job 1 starts at 0, before job 0 ends at 1",
                "Resource 0 is used 2 times at 0, but there are 1",
            ],
        ),
    ],
)
def test_every_broken_rule_of_a_schedule_is_found(starts: tuple[int, ...], found: list[str]) -> None:
    assert check(Project(**WELL_FORMED), starts) == found
