"""Infeasible plans, and the smallest set of constraints that cannot hold together."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan.domain.agents import AgentCapability
from groundplan.domain.capacities import UNLIMITED, Capacities
from groundplan.domain.critical_path import critical_path
from groundplan.domain.dependency_graph import DependencyGraph
from groundplan.domain.feasibility import irreducible, largest_exceeding, said
from groundplan.domain.feasibility_deadline import deadline_conflict
from groundplan.domain.feasibility_resources import budget_conflicts, capacity_conflicts, timeout_conflicts
from groundplan.domain.feedback import Actuals
from groundplan.domain.forecasting import forecast
from groundplan.domain.goal import GoalConstraints
from groundplan.domain.learned_estimates import LearnedEstimates
from groundplan.domain.packing import fits_on_places
from groundplan.domain.past_task import past_task
from groundplan.domain.pricing import Prices
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from groundplan.domain.schedule_search import Effort
from groundplan.domain.scheduling import make_schedule
from groundplan.domain.settings import PlannerSettings
from groundplan.domain.spoken_numbers import spoken_amount, spoken_duration
from groundplan.domain.surely_run import surely_run
from groundplan.domain.task import TaskDependency
from groundplan.domain.tools import ToolSpec
from groundplan.domain.validation import Surroundings, validate
from tests.plan_factories import NOW, chains_and_joins, plan, task
from tests.property_examples import examples

HOUR = 3600.0
LAWYER = AgentCapability(agent_id="ana", capabilities=["law"])


def lasting(task_id, hours, *after, **fields):
    """A task that takes so many hours at best and ten times that at worst."""
    seconds = hours * HOUR
    needs = fields.pop("needs", {})
    estimate = ResourceEstimate(duration=ThreePoint(seconds, 2 * seconds, 10 * seconds), **needs)
    return task(task_id, *after, resource_estimate=estimate, **fields)


def too_late(tasks, hours, **limits):
    return deadline_conflict(tasks, Capacities(**limits), hours * HOUR)


def test_a_chain_that_is_too_long_is_named_in_its_order_with_its_numbers():
    tasks = [lasting("a", 0.25), lasting("build", 1, "a"), lasting("review", 3, "build"), lasting("aside", 1)]
    conflict = too_late(tasks, 3.5)
    assert conflict.task_ids == ("build", "review")
    assert conflict.constraints == (
        "the deadline is in 3 h 30 min",
        "'Do build' needs at least 1 h",
        "'Do review' needs at least 3 h after 'Do build'",
    )
    assert conflict.message == (
        "the deadline is in 3 h 30 min; 'Do build' needs at least 1 h, "
        "'Do review' needs at least 3 h after 'Do build', together 4 h"
    )
    assert conflict.suggestion.startswith("Move the deadline by 45 min, ")


def test_one_task_that_is_too_long_by_itself_is_all_there_is_to_say():
    tasks = [lasting("a", 2), lasting("b", 2, "a"), lasting("c", 3)]
    conflict = too_late(tasks, 2.5)
    assert conflict.task_ids == ("c",)
    assert conflict.message == "the deadline is in 2 h 30 min; 'Do c' needs at least 3 h"


def test_only_the_best_case_counts_as_only_that_proves_anything():
    tasks = [lasting("a", 1), lasting("b", 1, "a")]
    assert too_late(tasks, 2) is None
    assert too_late(tasks, 1.99) is not None


def test_optional_tasks_can_be_left_out():
    assert too_late([lasting("a", 1), lasting("b", 5, optional=True)], 1) is None


def if_check(condition):
    return TaskDependency(task_id="check", kind="conditional", condition=condition)


def branches(**fields):
    """A check, and two branches of three hours of which one is taken, each with a task behind it."""
    passes, fails = if_check("output.ok == true"), if_check("output.ok == false")
    ends = [lasting("shipped", 3, "ship", **fields), lasting("fixed", 3, "fix", **fields)]
    return [lasting("check", 1), lasting("ship", 3, passes, **fields), lasting("fix", 3, fails, **fields), *ends]


def test_branches_of_which_one_is_taken_prove_nothing_together():
    assert surely_run(branches()) == {"check"}
    assert too_late(branches(), 5, at_once=1) is None
    assert too_late(branches(), 0.5, at_once=1).task_ids == ("check",)
    costly = {"cost": ThreePoint(6, 6, 6), "cpu_cores": 16}
    dear = branches(needs=costly)
    assert list(budget_conflicts(dear, GoalConstraints(max_cost=8))) == []
    assert list(capacity_conflicts(dear, Capacities(amounts={"cpu_cores": 4}))) == []


def test_what_runs_only_if_something_fails_or_under_its_own_condition_can_stay_out():
    fallback = lasting("fallback", 5, if_check("status == 'failed'"))
    own = lasting("own", 5, condition='tasks["check"].output.n > 1')
    assert too_late([lasting("check", 1), fallback, own], 2) is None


def test_calls_under_a_condition_do_not_count():
    tools = {"web.search": ToolSpec(name="web.search", calls_per_minute=1)}
    tasks = [lasting("check", 0), *(lasting(name, 0, if_check("output.ok"), tool="web.search") for name in "abc")]
    assert deadline_conflict(tasks, Capacities(tools=tools), 30) is None


def test_a_deadline_that_has_passed_cannot_be_met_even_by_what_takes_no_time():
    conflict = too_late([task("a")], -1)
    assert conflict.message == "the deadline passed 1 h ago"
    assert conflict.constraints == ("the deadline passed 1 h ago",)


def test_no_tasks_miss_no_deadline():
    assert too_late([], 1) is None


def test_one_at_a_time_is_too_few_places():
    tasks = [lasting("a", 1), lasting("b", 2), lasting("c", 0.5)]
    conflict = too_late(tasks, 2.5, at_once=1)
    assert conflict.task_ids == ("b", "a")
    assert conflict.constraints[:2] == ("the deadline is in 2 h 30 min", "at most 1 run at once")
    assert too_late(tasks, 3.5, at_once=1) is None
    assert too_late(tasks, 2.5) is None


def test_work_that_does_not_fit_on_the_places_though_its_sum_would():
    tasks = [lasting(name, 2) for name in "abcd"]
    conflict = too_late(tasks, 3, at_once=2)
    assert len(conflict.task_ids) == 3
    assert too_late(tasks, 4, at_once=2) is None


def test_too_few_agents_for_what_only_they_can_do():
    tasks = [lasting(name, 1, required_capabilities=["law"]) for name in "abc"] + [lasting("free", 3)]
    conflict = too_late(tasks, 3, agents=(LAWYER,))
    assert conflict is None
    conflict = too_late(tasks[:3], 2, agents=(LAWYER,))
    assert set(conflict.task_ids) == {"a", "b", "c"}
    assert "there is agents ana: 1 at a time" in conflict.constraints


def test_agents_who_are_away_at_this_moment_may_be_back_in_time():
    away = AgentCapability(agent_id="bob", capabilities=["law"], available=False)
    tasks = [lasting(name, 3, required_capabilities=["law"]) for name in "abc"]
    assert too_late(tasks[:2], 4, agents=(LAWYER, away)) is None
    assert "there is agents ana, bob: 2 at a time" in too_late(tasks, 4, agents=(LAWYER, away)).constraints


def test_what_goes_before_and_after_the_narrow_place_counts():
    narrow = {"required_capabilities": ["law"]}
    tasks = [lasting("prepare", 1), *(lasting(name, 1, "prepare", **narrow) for name in "ab")]
    assert too_late(tasks, 3, agents=(LAWYER,)) is None
    conflict = too_late(tasks, 2.5, agents=(LAWYER,))
    assert set(conflict.task_ids) == {"prepare", "a", "b"}


def test_two_that_need_most_of_the_memory_cannot_run_beside_each_other():
    tasks = [lasting(name, 1, needs={"memory_mb": 600}) for name in "ab"]
    assert too_late(tasks, 1.5, amounts={"memory_mb": 1200}) is None
    conflict = too_late(tasks, 1.5, amounts={"memory_mb": 1000})
    assert conflict.task_ids == ("a", "b")


@pytest.mark.parametrize("share", [0.2, 1 / 3, 1 / 7, 0.0012])
@pytest.mark.parametrize("has", [1e-9, 0.0005, 0.001, 1 / 3, 4, 16_384, 1e12])
def test_what_fits_exactly_is_never_called_too_much_however_small_it_is(has, share):
    beside = int(1 / share + 1e-9)
    tasks = [lasting(f"t{number}", 1, needs={"resources": {"quota": share * has}}) for number in range(beside)]
    assert too_late(tasks, 1, amounts={"quota": has}) is None
    more = [*tasks, lasting("more", 1, needs={"resources": {"quota": has}})]
    assert "more" in too_late(more, 1.5, amounts={"quota": has}).task_ids


def test_next_to_nothing_divides_by_nothing():
    tasks = [lasting(name, 1, needs={"resources": {"quota": 5e-324}}) for name in "ab"]
    assert too_late(tasks, 1, amounts={"quota": 5e-324}) is None
    estimates = {one.task_id: one.resource_estimate for one in tasks}
    for has in (5e-324, 1e-320, 0.0005):
        schedule = make_schedule(
            tasks, DependencyGraph.of(tasks), estimates, buffer_share=0, now=NOW,
            within=Capacities(amounts={"quota": has}),
        )  # fmt: skip
        assert schedule.makespan > 0


def test_calls_that_are_too_many_for_the_minutes_left():
    tools = {"web.search": ToolSpec(name="web.search", calls_per_minute=2)}
    tasks = [lasting(f"t{number}", 0.001, tool="web.search") for number in range(7)]
    conflict = deadline_conflict(tasks, Capacities(tools=tools), 150)
    assert len(conflict.task_ids) == 7
    assert "at most 2 calls of web.search a minute" in conflict.constraints
    assert deadline_conflict(tasks, Capacities(tools=tools), 181) is None


@st.composite
def late_plans(draw):
    tasks = draw(chains_and_joins())
    hours = st.sampled_from([0, 1, 1, 2, 3, 5])
    return [lasting(work.task_id, draw(hours), *work.predecessors) for work in tasks]


def best_of(tasks, chosen):
    """The best-case durations of the chosen tasks; what is left out takes no time."""
    return {w.task_id: w.resource_estimate.duration.optimistic if w.task_id in chosen else 0.0 for w in tasks}


@settings(max_examples=examples(3))
@given(late_plans(), st.integers(0, 12))
def test_a_chain_is_reported_if_and_only_if_it_is_too_long_and_none_of_it_can_be_left_out(tasks, hours):
    conflict = too_late(tasks, hours)
    waits = {work.task_id: work.predecessors for work in tasks}
    assert (conflict is not None) == (critical_path(best_of(tasks, waits), waits).length > hours * HOUR)
    if conflict is None:
        return
    assert critical_path(best_of(tasks, conflict.task_ids), waits).length > hours * HOUR
    for dropped in conflict.task_ids:
        rest = set(conflict.task_ids) - {dropped}
        assert critical_path(best_of(tasks, rest), waits).length <= hours * HOUR


@settings(max_examples=examples(2))
@given(st.lists(st.sampled_from([1, 1, 2, 3, 4]), min_size=1, max_size=7), st.integers(1, 3), st.integers(1, 8))
def test_of_work_beside_each_other_without_any_one_the_rest_can_be_done(lengths, places, hours):
    tasks = [lasting(f"t{number}", length) for number, length in enumerate(lengths)]
    conflict = too_late(tasks, hours, at_once=places)
    assert (conflict is None) == fits_on_places(lengths, places, hours)
    if conflict is None:
        return
    length = dict(zip((work.task_id for work in tasks), lengths, strict=True))
    for dropped in conflict.task_ids:
        assert fits_on_places([length[i] for i in conflict.task_ids if i != dropped], places, hours)


@settings(max_examples=examples(2))
@given(late_plans(), st.integers(1, 2), st.integers(1, 12))
def test_what_is_called_infeasible_no_schedule_can_do(tasks, places, hours):
    conflict = too_late(tasks, hours, at_once=places)
    if conflict is None:
        return
    best = best_of(tasks, conflict.task_ids)
    estimates = {task_id: ResourceEstimate(duration=ThreePoint(s, s, s)) for task_id, s in best.items()}
    schedule = make_schedule(
        tasks, DependencyGraph.of(tasks), estimates, buffer_share=0, now=NOW, within=Capacities(at_once=places),
        effort=Effort(seconds=0.01),
    )  # fmt: skip
    assert schedule.makespan > hours * HOUR


@pytest.mark.large
@st.composite
def crowded_plans(draw):
    """Late plans whose tasks take agents and memory too."""
    return [
        work.model_copy(
            update={
                "required_capabilities": draw(st.sampled_from([[], ["law"]])),
                "resource_estimate": work.resource_estimate.model_copy(
                    update={"memory_mb": draw(st.sampled_from([0, 40, 60]))}
                ),
            }
        )
        for work in draw(late_plans())
    ]


@settings(max_examples=examples(3))
@given(crowded_plans(), st.integers(1, 2), st.integers(1, 12))
def test_without_any_one_of_the_tasks_nothing_is_infeasible_any_more(tasks, places, hours):
    limits = {"at_once": places, "agents": (LAWYER,), "amounts": {"memory_mb": 100}}
    conflict = too_late(tasks, hours, **limits)
    if conflict is None:
        return
    for dropped in [None, *conflict.task_ids]:
        kept = set(conflict.task_ids) - {dropped}
        rest = [w.model_copy(update={"optional": w.task_id not in kept}) for w in tasks]
        assert (too_late(rest, hours, **limits) is None) == (dropped is not None)


def test_calls_of_optional_tasks_do_not_count():
    tools = {"web.search": ToolSpec(name="web.search", calls_per_minute=1)}
    tasks = [lasting(f"t{number}", 0, tool="web.search", optional=number > 0) for number in range(3)]
    assert deadline_conflict(tasks, Capacities(tools=tools), 30) is None


@pytest.mark.parametrize("shape", ["chain", "star"])
def test_ten_thousand_tasks_are_judged_too(shape):
    before = (lambda number: [f"t{number - 1}"]) if shape == "chain" else (lambda _: ["t0"])
    tasks = [lasting(f"t{number}", 1, *(before(number) if number else [])) for number in range(10_000)]
    conflict = too_late(tasks, 100, at_once=10)
    assert len(conflict.task_ids) > 100
    assert len(conflict.message) < 500


def test_a_budget_names_the_fewest_tasks_that_exceed_it():
    costs = {"a": 5, "b": 1, "c": 4, "d": 3}
    tasks = [task(i, resource_estimate=ResourceEstimate(cost=ThreePoint(c, c, c))) for i, c in costs.items()]
    (conflict,) = budget_conflicts(tasks, GoalConstraints(max_cost=8, max_tokens=10))
    assert conflict.task_ids == ("a", "c")
    assert conflict.constraints == ("the goal allows 8 cost", "'Do a' needs at least 5", "'Do c' needs at least 4")
    assert conflict.message.startswith("needs at least 13 cost, the goal allows 8; ")
    assert list(budget_conflicts(tasks, GoalConstraints(max_cost=13))) == []


def test_a_task_that_needs_more_than_exists_is_named_with_both_numbers():
    needy = task("a", resource_estimate=ResourceEstimate(cpu_cores=8, resources={"gpu": 2}))
    found = list(capacity_conflicts([task("b"), needy], Capacities(amounts={"cpu_cores": 4, "gpu": 2})))
    assert [(conflict.path, conflict.message) for conflict in found] == [
        ("tasks[1].resource_estimate", "'Do a' needs 8 cpu_cores, there are 4 at a time")
    ]
    optional = needy.model_copy(update={"optional": True})
    assert list(capacity_conflicts([optional], Capacities(amounts={"cpu_cores": 4}))) == []
    assert list(capacity_conflicts([needy], UNLIMITED)) == []


def test_a_task_that_is_stopped_before_it_can_be_done():
    (conflict,) = timeout_conflicts([lasting("a", 1, timeout_seconds=1800), lasting("b", 1, timeout_seconds=3600)])
    assert conflict.message == "'Do a' is stopped after 30 min, but it needs at least 1 h"
    assert conflict.path == "tasks[0].timeout_seconds"


def past_runs(hours, **reported):
    """What is learned of `Fetch page` by twenty runs that took so long."""
    ended = NOW + timedelta(hours=hours)
    runs = [
        past_task(task(name="Fetch page"), plan_id="p", run_id=f"r{number}", began=NOW, ended=ended, **reported)
        for number in range(20)
    ]
    return LearnedEstimates(runs)


def forecast_by(learned, **fields):
    one = task("a", name="Fetch page", **fields)
    return one.model_copy(update={"resource_estimate": forecast([one], Prices(per_1000_tokens=0.1), learned)["a"]})


def test_what_was_learned_from_past_runs_proves_nothing():
    learned = forecast_by(past_runs(5, tokens=9000, reported=Actuals(memory_mb=2000)))
    needs = learned.resource_estimate
    assert (needs.duration.optimistic > HOUR, needs.tokens.optimistic > 100, needs.memory_mb) == (True, True, 2000)
    assert too_late([learned], 1, at_once=1, amounts={"memory_mb": 1000}) is None
    assert list(budget_conflicts([learned], GoalConstraints(max_tokens=100, max_cost=0.01))) == []
    assert list(capacity_conflicts([learned], Capacities(amounts={"memory_mb": 1000}))) == []


def test_a_cost_by_past_runs_proves_nothing_and_the_rest_of_such_an_estimate_does():
    spent = forecast_by(past_runs(5, cost=9.0))
    assert spent.resource_estimate.cost.optimistic > 5
    assert list(budget_conflicts([spent], GoalConstraints(max_cost=1))) == []
    machine = ResourceEstimate(cost=ThreePoint(4, 4, 4), resources={"gpu": 2}, basis="given")
    beside = forecast_by(past_runs(5), resource_estimate=machine)
    assert beside.resource_estimate.basis == "given; learned from 20 runs of 'fetch page'"
    assert too_late([beside], 1) is None
    assert len(list(budget_conflicts([beside], GoalConstraints(max_cost=1)))) == 1
    assert len(list(capacity_conflicts([beside], Capacities(amounts={"gpu": 1})))) == 1


def test_a_price_of_a_call_still_counts_where_the_duration_was_learned():
    estimate = ResourceEstimate(cost=ThreePoint(4, 4, 4), basis="learned from 20 runs of web.fetch; by price")
    called = task("a", tool="web.fetch", resource_estimate=estimate)
    assert len(list(budget_conflicts([called], GoalConstraints(max_cost=1)))) == 1
    rented = called.model_copy(update={"resource_estimate": estimate.model_copy(update={"resources": {"gpu": 1.0}})})
    assert list(budget_conflicts([rented], GoalConstraints(max_cost=1))) == []


def test_more_memory_than_there_is_by_past_runs_is_a_warning():
    learned = forecast_by(past_runs(0.001, reported=Actuals(memory_mb=2000)))
    limits = PlannerSettings(resource_limits={"memory_mb": 1000})
    found = validate(plan(learned), Surroundings(settings=limits, now=NOW))
    assert found.errors == []
    (warning,) = [one for one in found.warnings if one.path == "tasks[0].resource_estimate"]
    assert warning.message == "'Fetch page' needs 2,000 memory_mb, there are 1,000 at a time"
    assert warning.suggestion.startswith("That is what past runs reported. ")


@given(st.lists(st.floats(0, 100)), st.floats(0, 500))
def test_the_largest_that_exceed_are_as_few_as_possible(amounts, limit):
    found = largest_exceeding(list(enumerate(amounts)), limit)
    assert bool(found) == (sum(sorted(amounts, reverse=True)) > limit)
    sizes = [amount for _, amount in found]
    assert all(before >= after for before, after in pairwise(sizes))
    assert sum(sizes[:-1]) <= limit or not found


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30), min_size=1))
def test_what_is_needed_for_a_clash_is_all_that_is_kept(items, needed):
    everything = [str(item) for item in sorted(items | needed)]
    wanted = {str(item) for item in needed}
    assert set(irreducible(everything, lambda some: wanted <= set(some))) == wanted
    assert irreducible(everything, lambda _: False) == []


def test_what_is_not_needed_once_another_went_goes_too():
    def clash(some):
        return "b" in some or {"a", "c"} <= set(some)

    assert irreducible(["a", "b", "c"], clash) == ["b"]


@given(st.lists(st.integers(0, 6), max_size=6), st.integers(1, 3), st.integers(0, 12))
def test_packing_is_exact(durations, places, seconds):
    sums = {(0,) * places}
    for length in durations:
        sums = {tuple(sorted((*s[:i], s[i] + length, *s[i + 1 :]))) for s in sums for i in range(places)}
    assert fits_on_places(durations, places, seconds) == any(max(s) <= seconds for s in sums)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"), (2.5, "2.5 s"), (59.6, "1 min"), (60, "1 min"), (90, "1 min 30 s"), (3600, "1 h"),
        (7140, "1 h 59 min"), (86_400, "1 d"), (90_000, "1 d 1 h"), (-60, "-1 min"), (7199, "2 h"), (86_399, "1 d"),
    ],
)  # fmt: skip
def test_durations_are_said_in_two_units(seconds, words):
    assert spoken_duration(seconds) == words


@pytest.mark.parametrize(
    ("amount", "words"), [(8.0, "8"), (0.1, "0.1"), (1500, "1,500"), (2_000_000, "2,000,000"), (1.5, "1.5")]
)
def test_amounts_are_said_without_needless_digits(amount, words):
    assert spoken_amount(amount) == words


def test_of_many_parts_only_some_are_said():
    assert said(["a"]) == "a"
    assert said(["a", "b", "c"]) == "a, b and c"
    assert said([str(number) for number in range(9)]) == "0, 1, 2, 3, 4 and 4 more"
