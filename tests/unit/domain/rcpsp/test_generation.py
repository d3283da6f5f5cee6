"""Both generation schemes, the two ways of keeping the load, the rules and the justification."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan.domain.rcpsp.breakpoints import serial_over_breakpoints
from groundplan.domain.rcpsp.feasibility import check
from groundplan.domain.rcpsp.generation import parallel, serial
from groundplan.domain.rcpsp.justification import doubly_justified, turned
from groundplan.domain.rcpsp.network import Network, networks
from groundplan.domain.rcpsp.priority_rules import RULES, ordered_by, sampled
from groundplan.domain.rcpsp.problem import Project
from tests.property_examples import examples
from tests.unit.domain.rcpsp.projects import projects

SEEDS = st.integers(0, 2**32)


@settings(max_examples=examples(1))
@given(projects(), SEEDS)
def test_the_load_per_change_gives_what_the_load_per_unit_gives(project: Project, seed: int) -> None:
    network = networks(project)[0]
    order = _any_order(network, seed)
    schedule = serial(network, order)
    assert serial_over_breakpoints(network, order) == (schedule.starts, schedule.finishes)


@settings(max_examples=examples(1))
@given(projects(), SEEDS)
def test_both_schemes_keep_every_rule(project: Project, seed: int) -> None:
    network, _, unit = networks(project)
    ranks = [Random(seed + job).random() for job in network.order]
    for schedule in (serial(network, ordered_by(network, ranks)), parallel(network, ranks)):
        assert check(project, [start * unit for start in schedule.starts]) == []


@settings(max_examples=examples(1))
@given(projects(), SEEDS)
def test_justification_never_lengthens(project: Project, seed: int) -> None:
    forward, backward, unit = networks(project)
    before = serial(forward, _any_order(forward, seed))
    late = turned(before, backward)
    after = doubly_justified(before, forward, backward)
    assert before.makespan >= late.makespan >= after.makespan
    assert check(project, [(late.makespan - finish) * unit for finish in late.finishes]) == []
    assert check(project, [start * unit for start in after.starts]) == []


def test_justification_closes_a_gap_that_a_bad_order_left() -> None:
    project = Project((3, 1, 3, 1), ((), (), (), (2,)), ((1,),) * 4, (2,))
    forward, backward, _ = networks(project)
    before = serial(forward, [0, 1, 2, 3])
    assert (before.makespan, doubly_justified(before, forward, backward).makespan) == (5, 4)


@pytest.mark.parametrize(
    ("rule", "ranks"),
    [
        ("latest finish", [-2, 0, 0]),
        ("latest start", [-5, -2, -4]),
        ("most successors", [-1, 0, 0]),
        ("greatest rank weight", [-5, -2, -4]),
        ("least slack", [-5, -5, -4]),
    ],
)
def test_each_rule_ranks_by_its_formula(rule: str, ranks: list[int]) -> None:
    """Two jobs in a chain of 3 + 2, and one of 4 beside them; times are counted from the end of all."""
    assert RULES[rule](_network((3, 2, 4), ((), (0,), ()))) == ranks


def test_a_rule_orders_what_could_come_next() -> None:
    network = _network((1, 1, 1), ((), (), (1,)))
    assert ordered_by(network, [2, 3, 0]) == [0, 1, 2]
    assert ordered_by(network, [3, 2, 0]) == [1, 2, 0]


def test_drawn_orders_lean_toward_the_rule() -> None:
    network = _network((1, 1), ((), ()))
    drawn = [sampled(network, [0, 8], Random(seed))[0] for seed in range(200)]
    assert 150 < drawn.count(0) < 200


@settings(max_examples=examples(0.5))
@given(projects(), SEEDS)
def test_drawn_orders_put_nothing_before_what_it_waits_for(project: Project, seed: int) -> None:
    network = networks(project)[0]
    place = {job: at for at, job in enumerate(_any_order(network, seed))}
    assert len(place) == len(project.durations)
    assert all(place[other] < place[job] for job, before in enumerate(project.predecessors) for other in before)


def test_drawn_orders_of_many_jobs_are_near_the_rule() -> None:
    jobs = 1500
    network = _network((1,) * jobs, ((),) * jobs)
    order = sampled(network, list(range(jobs)), Random(1))
    assert sorted(order) == list(range(jobs)) != order
    assert all(abs(at - job) <= jobs / 10 for at, job in enumerate(order))


@pytest.mark.parametrize("scheme", [lambda n: serial(n, n.order), lambda n: parallel(n, n.order)])
def test_jobs_that_take_no_time_need_no_room(scheme: Callable[[Network], object]) -> None:
    schedule = scheme(networks(Project((0, 2, 0), ((), (), ()), ((1,), (1,), (1,)), (1,)))[0])
    assert schedule.starts == [0, 0, 0]  # type: ignore[attr-defined]


def _any_order(network: Network, seed: int) -> list[int]:
    return sampled(network, [0] * len(network.order), Random(seed))


def _network(durations: tuple[int, ...], predecessors: tuple[tuple[int, ...], ...]) -> Network:
    return networks(Project(durations, predecessors, ((),) * len(durations), ()))[0]
