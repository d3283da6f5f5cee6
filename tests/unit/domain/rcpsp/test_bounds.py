"""Each bound on the project that it is made for; that none is too high, the tests of solving show."""

from groundplan.domain.rcpsp.bounds import capacity_bound, critical_path_bound, critical_sequence_bound, lower_bound
from groundplan.domain.rcpsp.network import networks
from groundplan.domain.rcpsp.problem import Project


def test_the_critical_path_bounds_when_there_is_room() -> None:
    project = Project((2, 3, 4), ((), (0,), (0,)), ((1,),) * 3, (3,))
    network, _, unit = networks(project)
    assert critical_path_bound(network) == lower_bound(project, network, unit) == 6


def test_work_over_capacity_counts_what_comes_before_and_after() -> None:
    # Head of 2 without the resource, three jobs of 3 on two places, tail of 1.
    project = Project((2, 3, 3, 3, 1), ((), (0,), (0,), (0,), (1, 2, 3)), ((0,), (1,), (1,), (1,), (0,)), (2,))
    assert capacity_bound(project, networks(project)[0], 0) == 2 + 5 + 1


def test_work_of_late_jobs_alone_can_bound() -> None:
    # Two jobs that cannot start before 10 share one place with one that is done long before.
    project = Project((10, 4, 4, 1), ((), (0,), (0,), ()), ((0,), (1,), (1,), (1,)), (1,))
    assert capacity_bound(project, networks(project)[0], 0) == 18


def test_a_job_that_finds_no_room_beside_the_critical_chain_bounds() -> None:
    # The chain 0 → 1 takes 4 + 4; job 2 needs 3 and fits beside neither.
    project = Project((4, 4, 3), ((), (0,), ()), ((2,), (2,), (1,)), (2,))
    assert critical_sequence_bound(networks(project)[0]) == 11
    # With room beside the second half it costs nothing, with a job of 7 the three that are missing.
    roomy = Project((4, 4, 3), ((), (0,), ()), ((2,), (1,), (1,)), (2,))
    assert critical_sequence_bound(networks(roomy)[0]) == 8
    longer = Project((4, 4, 7), ((), (0,), ()), ((2,), (1,), (1,)), (2,))
    assert critical_sequence_bound(networks(longer)[0]) == 11
