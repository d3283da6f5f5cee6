import subprocess
import sys
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan.domain.critical_path import critical_path
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.pert import quantile
from groundplan.domain.resources import ResourceBudget, ResourceEstimate, ThreePoint
from groundplan.domain.schedule import Schedule, TaskSlot
from groundplan.domain.simulation import Simulation, simulate
from tests.plan_factories import NOW, chains_and_joins, plan, task
from tests.property_examples import examples


def timed(task_id, *after, points=(10, 20, 60), **fields):
    estimate = ResourceEstimate(duration=ThreePoint(*points), **fields.pop("needs", {}))
    return task(task_id, *after, resource_estimate=estimate, **fields)


def fixed(task_id, seconds, *after, **fields):
    return timed(task_id, *after, points=(seconds,) * 3, **fields)


def run(*tasks, samples=500, **fields):
    arguments = {name: fields.pop(name) for name in ("seed", "deadline") if name in fields}
    return simulate(plan(*tasks, **fields), now=NOW, samples=samples, **arguments)


def test_a_chain_takes_the_sum_of_its_means():
    found = run(timed("a"), timed("b", "a"), timed("c", "b"), samples=20_000)
    assert found.finish.mean == pytest.approx(3 * ThreePoint(10, 20, 60).mean, rel=0.01)
    # The variance of Beta(1 + 4m, 5 - 4m) over 6² · 7, here with m = 0.2.
    alpha, beta = 1.8, 4.2
    assert found.finish.std == pytest.approx((3 * 50**2 * alpha * beta / (36 * 7)) ** 0.5, rel=0.03)


def test_paths_that_merge_make_it_later_than_the_longest_mean():
    found = run(*[timed(f"t{n}") for n in range(5)], timed("end", *[f"t{n}" for n in range(5)]), samples=5_000)
    assert found.finish.mean > 1.15 * 2 * ThreePoint(10, 20, 60).mean
    assert found.criticality["end"] == 1.0
    assert sum(found.criticality.values()) == pytest.approx(2.0, abs=0.01)
    assert all(0.15 < found.criticality[f"t{n}"] < 0.25 for n in range(5))


def test_the_same_seed_gives_the_same_and_another_one_another():
    tasks = [timed("a", needs={"cost": ThreePoint(1, 2, 5)}), timed("b")]
    assert run(*tasks, seed=7) == run(*tasks, seed=7)
    assert run(*tasks, seed=7).finish != run(*tasks, seed=8).finish


def test_numbers_that_are_certain_stay_certain():
    found = run(fixed("a", 10), fixed("b", 5, "a"), fixed("c", 2))
    assert (found.finish.p50, found.finish.p95, found.finish.std) == (15, 15, 0)
    assert found.criticality == {"a": 1.0, "c": 0.0, "b": 1.0}
    assert found.histogram.counts == [500]


def test_equal_tasks_are_all_critical():
    assert set(run(*[fixed(f"t{n}", 3) for n in range(6)]).criticality.values()) == {1.0}


@pytest.mark.parametrize("tasks", [[fixed("a", 0), fixed("b", 0, "a")], [fixed("a", 0)]])
def test_work_that_takes_no_time(tasks):
    found = run(*tasks)
    assert (found.finish.p95, set(found.criticality.values())) == (0, {1.0})


def test_a_plan_without_tasks_is_done_at_once():
    found = simulate(plan().model_copy(update={"tasks": []}), now=NOW, samples=10)
    assert (found.finish.p95, found.criticality, found.cost.mean) == (0, {}, 0)


def test_huge_durations_stay_numbers():
    found = run(timed("a", points=(1e14, 1e15, 1e15)), timed("b", "a", points=(0, 1, 1e15)))
    assert 0 < found.finish.p95 < float("inf")
    assert Simulation.model_validate_json(found.model_dump_json()) == found


def test_a_task_without_an_estimate_gets_the_one_of_its_kind():
    assert run(task("a", name="Send the report")).finish.mean == pytest.approx(60 * (1 + 4 * 3 + 15) / 6, rel=0.1)


def test_the_chance_to_meet_the_deadline_and_the_budget():
    tasks = [timed("a", needs={"cost": ThreePoint(1, 2, 6), "tokens": ThreePoint(100, 200, 600)})]
    budget = ResourceBudget(max_cost=2.5, max_tokens=250)
    found = run(*tasks, samples=20_000, resource_budget=budget, deadline=NOW + timedelta(seconds=25))
    assert found.probability_of_deadline == pytest.approx(0.563, abs=0.02)
    # The three have the same shape; cost and tokens come of the same draw.
    assert found.probability_of_cost == found.probability_of_tokens == pytest.approx(0.563, abs=0.02)


def test_without_limits_there_are_no_chances():
    found = run(timed("a"))
    chances = (found.probability_of_deadline, found.probability_of_cost, found.probability_of_tokens)
    assert chances == (None, None, None)


def test_a_deadline_that_has_passed_is_missed():
    assert run(timed("a"), deadline=NOW - timedelta(hours=1)).probability_of_deadline == 0.0


def test_the_schedule_s_deadline_counts_by_default():
    tasks = [timed("a")]
    found = run(*tasks, schedule=Schedule(deadline=NOW + timedelta(seconds=1_000)))
    assert (found.probability_of_deadline, found.seconds_to_deadline) == (1.0, 1_000)


def test_waits_for_places_that_the_schedule_shows_are_kept():
    slots = {"a": TaskSlot(0, 10), "b": TaskSlot(0, 20), "c": TaskSlot(10, 15), "d": TaskSlot(20, 30)}
    tasks = [fixed("a", 10), fixed("b", 20), fixed("c", 5), fixed("d", 10)]
    found = run(*tasks, schedule=Schedule(slots=slots, makespan=30))
    assert found.finish.p50 == 30
    assert found.criticality == {"a": 0.0, "b": 1.0, "c": 0.0, "d": 1.0}


def test_the_place_of_the_same_agent_is_taken_over():
    slots = {"a": TaskSlot(0, 10, "x"), "b": TaskSlot(0, 10, "y"), "c": TaskSlot(10, 15, "y")}
    tasks = [fixed("a", 30), fixed("b", 10), fixed("c", 5)]
    found = run(*tasks, schedule=Schedule(slots=slots, makespan=15))
    assert (found.finish.p50, found.criticality["b"]) == (30, 0.0)


def test_many_tasks_of_one_moment_that_take_no_time_wait_in_no_circle():
    slots = {name: TaskSlot(5, 5) for name in "abc"}
    found = run(*[fixed(name, 0) for name in "abc"], schedule=Schedule(slots=slots, makespan=5))
    assert found.finish.p50 == 5


def test_a_schedule_that_does_not_keep_to_the_dependencies_shows_no_waits():
    slots = {"a": TaskSlot(10, 20), "b": TaskSlot(0, 10), "c": TaskSlot(20, 25)}
    tasks = [fixed("a", 10), fixed("b", 10, "a"), fixed("c", 5)]
    assert run(*tasks, schedule=Schedule(slots=slots, makespan=25)).finish.p50 == 20


def test_a_task_that_something_else_holds_back_does_not_start_earlier():
    """Such as a limit of calls a minute: nobody leaves a place when it starts."""
    slots = {"a": TaskSlot(0, 5), "b": TaskSlot(60, 65), "c": TaskSlot(65, 70)}
    schedule = Schedule(slots=slots, makespan=70)
    tasks = [fixed("a", 5), fixed("b", 5), fixed("c", 5, "b")]
    found = run(*tasks, schedule=schedule)
    assert (found.finish.p50, found.criticality) == (70, {"a": 0.0, "b": 1.0, "c": 1.0})
    under_way = run(*tasks, schedule=schedule, execution_started_at=NOW - timedelta(seconds=40))
    assert under_way.finish.p50 == 30
    assert run(timed("a", points=(90, 90, 90)), fixed("b", 5, "a"), schedule=schedule).finish.p50 == 95


def test_what_is_finished_takes_no_more_time_and_decides_nothing():
    done = fixed("a", 100, status=TaskStatus.COMPLETED)
    found = run(done, fixed("b", 5, "a"))
    assert (found.finish.p50, found.criticality) == (5, {"a": 0.0, "b": 1.0})


@pytest.mark.parametrize("points", [(10, 20, 60), (5, 5, 50), (0, 9, 10)])
def test_quantiles_are_those_of_the_distribution(points):
    found = run(timed("a", points=points), samples=40_000).finish
    expected = [quantile(ThreePoint(*points), share) for share in (0.1, 0.5, 0.8, 0.95)]
    assert [found.p10, found.p50, found.p80, found.p95] == pytest.approx(expected, rel=0.02)


def test_what_is_running_takes_what_is_left_of_it():
    begun = {"status": TaskStatus.EXECUTING, "started_at": NOW - timedelta(seconds=30)}
    assert run(fixed("a", 50, **begun)).finish.p50 == 20
    found = run(timed("b", **begun), samples=5_000)
    assert found.finish.p10 >= 0
    assert found.finish.p95 <= 30
    assert run(timed("c", points=(1, 2, 3), **begun)).finish.p95 == 0


def test_a_circle_is_refused():
    with pytest.raises(PlanningError) as raised:
        run(timed("a", "b"), timed("b", "a"))
    assert raised.value.code is ErrorCode.DEPENDENCY_CYCLE


def test_no_samples_are_refused():
    with pytest.raises(ValueError, match="samples"):
        run(timed("a"), samples=0)


@pytest.mark.large
@pytest.mark.parametrize("shape", ["chain", "star"])
def test_ten_thousand_tasks(shape):
    waits = [[] if n == 0 else [f"t{n - 1}"] if shape == "chain" else ["t0"] for n in range(10_000)]
    found = run(*[timed(f"t{n}", *before) for n, before in enumerate(waits)], samples=20)
    assert found.finish.mean > (200_000 if shape == "chain" else 60)
    assert found.criticality["t0"] == 1.0


@given(chains_and_joins(), st.randoms(use_true_random=False))
@settings(max_examples=examples(1))
def test_every_sample_lies_between_the_paths_of_the_ends(tasks, random):
    points = {one.task_id: ThreePoint(*sorted(random.uniform(0, 100) for _ in range(3))) for one in tasks}
    tasks = [one.model_copy(update={"resource_estimate": _estimate(points[one.task_id])}) for one in tasks]
    found = run(*tasks, samples=50)
    before = {one.task_id: one.predecessors for one in tasks}
    low, high = (critical_path({i: each[end] for i, each in points.items()}, before).length for end in (0, 2))
    assert low - 1 <= found.finish.p10 <= found.finish.p50 <= found.finish.p95 <= high + 1
    assert all(0 <= share <= 1 for share in found.criticality.values())
    assert sum(found.criticality.values()) >= 1 - 1e-9


def _estimate(points):
    return ResourceEstimate(duration=points)


def test_the_most_critical_come_first():
    found = run(fixed("a", 10), fixed("b", 5, "a"), fixed("c", 2))
    assert found.most_critical(1) == [("a", 1.0)]
    assert [name for name, _ in found.most_critical()] == ["a", "b"]


def test_numpy_is_loaded_when_it_is_needed():
    code = "import sys, groundplan.domain.simulation, groundplan.service; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
