"""Schedules within limits: agents, CPU, memory, tools, calls a minute, all at once."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan.domain.agents import AgentCapability
from groundplan.domain.capacities import Capacities, capacities_for
from groundplan.domain.dependency_graph import DependencyGraph
from groundplan.domain.goal import GoalConstraints
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from groundplan.domain.schedule import Schedule
from groundplan.domain.schedule_search import Effort
from groundplan.domain.scheduling import make_schedule
from groundplan.domain.settings import PlannerSettings
from groundplan.domain.tools import ToolSpec
from tests.plan_factories import NOW, chains_and_joins, task
from tests.property_examples import examples

ANA = AgentCapability(agent_id="ana", capabilities=["mail", "law"])
BOB = AgentCapability(agent_id="bob", capabilities=["mail"])
TOOLS = {
    "ci.run": ToolSpec(name="ci.run", max_parallel=1),
    "web.search": ToolSpec(name="web.search", calls_per_minute=2),
}


def needing(seconds, **fields):
    return ResourceEstimate(duration=ThreePoint(seconds, seconds, seconds), **fields)


def scheduled(tasks, estimates, effort=None, **limits):
    within = Capacities(**limits)
    graph = DependencyGraph.of(tasks)
    more = {"effort": effort} if effort else {}
    return make_schedule(tasks, graph, estimates, buffer_share=0.0, now=NOW, within=within, **more)


@st.composite
def limited_plans(draw):
    """Tasks, their estimates, and limits of every sort, some of them wide."""
    plain = draw(chains_and_joins())
    tasks, estimates = [], {}
    for work in plain:
        update = {
            "required_capabilities": draw(st.sampled_from([[], ["mail"], ["law"], ["mail", "law"]])),
            "tool": draw(st.sampled_from([None, *TOOLS])),
        }
        tasks.append(work.model_copy(update=update))
        estimates[work.task_id] = needing(
            draw(st.sampled_from([0, 1, 10, 30, 90])),
            cpu_cores=draw(st.sampled_from([0, 0.1, 0.2, 1, 2])),
            memory_mb=draw(st.sampled_from([0, 10, 100])),
        )
    limits = {
        "at_once": draw(st.sampled_from([None, 1, 2, 3])),
        "agents": draw(st.sampled_from([(), (ANA,), (ANA, BOB), (ANA.model_copy(update={"capacity": 2}), BOB)])),
        "amounts": draw(st.sampled_from([{}, {"cpu_cores": 2}, {"cpu_cores": 2.3, "memory_mb": 110}])),
        "tools": draw(st.sampled_from([{}, TOOLS])),
    }
    return tasks, estimates, limits


def taken(spans, moment):
    """The sum over the spans that hold at this moment; what takes no time holds nothing."""
    return sum(amount for begins, ends, amount in spans if begins <= moment + 1e-9 and moment < ends - 1e-9)


def assert_never_above(capacity, spans):
    for begins, _, _ in spans:
        assert taken(spans, begins) <= capacity + 1e-9


def assert_feasible(schedule, tasks, estimates, limits):
    slots = {work.task_id: schedule.slot(work.task_id) for work in tasks}
    for work in tasks:
        slot = slots[work.task_id]
        assert slot.finish == pytest.approx(slot.start + estimates[work.task_id].duration.mean)
        assert all(slot.start >= slots[other].finish - 1e-9 for other in work.predecessors)
    every = [(slots[work.task_id].start, slots[work.task_id].finish, 1) for work in tasks]
    if limits["at_once"]:
        assert_never_above(limits["at_once"], every)
    for name, capacity in limits["amounts"].items():
        wants = [getattr(estimates[work.task_id], name) for work in tasks]
        spans = [(begins, ends, want) for (begins, ends, _), want in zip(every, wants, strict=True)]
        assert_never_above(capacity, spans)
    for agent in limits["agents"]:
        assert_never_above(
            agent.capacity, [(s.start, s.finish, 1) for s in slots.values() if s.agent == agent.agent_id]
        )
    calls = {name: [slots[work.task_id] for work in tasks if work.tool == name] for name in limits["tools"]}
    for name, made in calls.items():
        tool = limits["tools"][name]
        if tool.max_parallel:
            assert_never_above(tool.max_parallel, [(slot.start, slot.finish, 1) for slot in made])
        if tool.calls_per_minute:
            assert_never_above(tool.calls_per_minute, [(slot.start, slot.start + 60, 1) for slot in made])


@settings(max_examples=examples(3))
@given(limited_plans())
def test_every_schedule_keeps_the_order_and_every_limit(made):
    tasks, estimates, limits = made
    schedule = scheduled(tasks, estimates, **limits)
    assert_feasible(schedule, tasks, estimates, limits)
    assert schedule.makespan == pytest.approx(max(schedule.slot(work.task_id).finish for work in tasks))


@settings(max_examples=examples(1))
@given(limited_plans())
def test_who_requires_capabilities_gets_an_agent_that_can_do_it(made):
    tasks, estimates, limits = made
    schedule = scheduled(tasks, estimates, **limits)
    agents = {agent.agent_id: agent for agent in limits["agents"]}
    for work in tasks:
        able = [agent for agent in agents.values() if agent.can_do(work)] if work.required_capabilities else []
        agent = schedule.slot(work.task_id).agent
        assert (agents[agent] in able) if able else (agent is None)


@settings(max_examples=examples(1))
@given(limited_plans())
def test_times_of_a_schedule_within_limits_obey_the_laws_of_slack(made):
    tasks, estimates, limits = made
    schedule = scheduled(tasks, estimates, **limits)
    for work in tasks:
        window = schedule.windows[work.task_id]
        assert window.total_slack == pytest.approx(window.latest_start - window.earliest_start)
        assert 0 <= window.free_slack <= window.total_slack + 1e-6
        assert window.latest_finish <= schedule.makespan + 1e-6
        for other in work.predecessors:
            assert schedule.windows[other].latest_finish <= window.latest_start + 1e-6
    assert all(schedule.windows[task_id].total_slack == pytest.approx(0) for task_id in schedule.critical_path)


@settings(max_examples=examples(1))
@given(limited_plans(), st.data())
def test_all_that_slips_by_its_slack_together_still_ends_in_time_and_keeps_the_agents(made, data):
    """The latest times are a schedule of their own: whoever waits for a place counts as waiting."""
    tasks, estimates, limits = made
    limits = limits | {"at_once": None, "amounts": {}, "tools": {}}
    schedule = scheduled(tasks, estimates, **limits)
    for agent in limits["agents"]:
        own = [i for i, slot in schedule.slots.items() if slot.agent == agent.agent_id]
        windows = [schedule.windows[task_id] for task_id in own]
        assert_never_above(agent.capacity, [(w.latest_start, w.latest_finish, 1) for w in windows])


@settings(max_examples=examples(1))
@given(limited_plans())
def test_no_schedule_is_below_its_bound_and_the_free_one_is_a_bound(made):
    tasks, estimates, limits = made
    schedule = scheduled(tasks, estimates, **limits)
    free = scheduled(tasks, estimates)
    assert free.makespan <= schedule.lower_bound + 1e-6
    assert schedule.lower_bound <= schedule.makespan + 1e-6
    assert schedule.proven_optimal == (schedule.makespan <= schedule.lower_bound * (1 + 1e-9))
    assert free.proven_optimal


def area(profile):
    """The sum of what is taken times how long."""
    return sum(used * (until - since) for (since, used), (until, _) in pairwise(profile.steps))


@settings(max_examples=examples(1))
@given(limited_plans())
def test_profiles_add_up_what_the_slots_take(made):
    tasks, estimates, limits = made
    schedule = scheduled(tasks, estimates, **limits)
    for name, profile in schedule.resources.items():
        assert profile.peak <= profile.capacity, name
        moments = [moment for moment, _ in profile.steps]
        assert moments == sorted(set(moments))
        assert not profile.steps or profile.steps[-1][1] == 0
    for agent in {slot.agent for slot in schedule.slots.values()}:
        lengths = [slot.finish - slot.start for slot in schedule.slots.values() if slot.agent == agent]
        assert area(schedule.resources[f"agent {agent}"]) == pytest.approx(sum(lengths))
    assert Schedule.model_validate_json(schedule.model_dump_json()) == schedule


@settings(max_examples=examples(0.5))
@given(limited_plans())
def test_the_same_plan_is_scheduled_the_same_every_time(made):
    tasks, estimates, limits = made
    assert scheduled(tasks, estimates, **limits) == scheduled(tasks, estimates, **limits)


def test_what_no_limit_binds_is_the_critical_path_alone():
    tasks = [task("a"), task("b", "a")]
    estimates = {"a": needing(1, cpu_cores=2), "b": needing(1, cpu_cores=2)}
    limited = scheduled(tasks, estimates, at_once=2, amounts={"cpu_cores": 2}, tools=TOOLS)
    assert limited == scheduled(tasks, estimates)
    assert limited.proven_optimal


def test_one_agent_does_one_thing_at_a_time():
    tasks = [task(name, required_capabilities=["law"]) for name in "abc"]
    schedule = scheduled(tasks, {name: needing(10) for name in "abc"}, agents=(ANA, BOB))
    assert schedule.makespan == 30
    assert {slot.agent for slot in schedule.slots.values()} == {"ana"}
    assert schedule.resources["agent ana"].steps == [(0, 1), (30, 0)]
    assert schedule.proven_optimal


def test_the_generalist_is_kept_for_what_only_the_generalist_can_do():
    tasks = [task("m", required_capabilities=["mail"]), task("l", required_capabilities=["law"])]
    schedule = scheduled(tasks, {"m": needing(10), "l": needing(10)}, agents=(ANA, BOB))
    assert schedule.makespan == 10
    assert (schedule.slots["m"].agent, schedule.slots["l"].agent) == ("bob", "ana")


def test_a_task_goes_to_the_agent_it_names_if_that_one_is_free():
    work = task("m", required_capabilities=["mail"], assigned_agent="ana")
    schedule = scheduled([work], {"m": needing(10)}, agents=(ANA, BOB))
    assert schedule.slots["m"].agent == "ana"


def test_who_is_away_gets_nothing_while_another_is_there():
    away = BOB.model_copy(update={"available": False})
    tasks = [task(name, required_capabilities=["mail"]) for name in "ab"]
    schedule = scheduled(tasks, {"a": needing(10), "b": needing(10)}, agents=(ANA, away))
    assert {slot.agent for slot in schedule.slots.values()} == {"ana"}
    alone = scheduled(tasks, {"a": needing(10), "b": needing(10)}, agents=(away,))
    assert {slot.agent for slot in alone.slots.values()} == {"bob"}


def test_memory_decides_who_runs_beside_whom():
    tasks = [task(name) for name in "abc"]
    estimates = {"a": needing(10, memory_mb=60), "b": needing(10, memory_mb=60), "c": needing(10, memory_mb=40)}
    schedule = scheduled(tasks, estimates, amounts={"memory_mb": 100})
    assert schedule.makespan == 20
    assert schedule.resources["memory_mb"].peak == 100
    assert "memory_mb" in schedule.method


def test_any_resource_that_estimates_name_can_be_limited():
    tasks = [task(name) for name in "ab"]
    estimates = {name: needing(10, resources={"gpu": 1}) for name in "ab"}
    assert scheduled(tasks, estimates, amounts={"gpu": 1}).makespan == 20
    assert scheduled(tasks, estimates, amounts={"gpu": 2}).makespan == 10


def test_shares_of_a_core_add_up_exactly():
    tasks = [task(f"t{number}") for number in range(10)]
    estimates = {work.task_id: needing(10, cpu_cores=0.1) for work in tasks}
    assert scheduled(tasks, estimates, amounts={"cpu_cores": 1}).makespan == 10
    assert scheduled(tasks, estimates, amounts={"cpu_cores": 0.9}).makespan == 20


def test_calls_of_a_tool_are_spread_over_minutes():
    tasks = [task(f"t{number}", tool="web.search") for number in range(5)]
    schedule = scheduled(tasks, {work.task_id: needing(1) for work in tasks}, tools=TOOLS)
    assert sorted(slot.earliest_start for slot in schedule.windows.values()) == [0, 0, 60, 60, 120]
    assert schedule.makespan == schedule.lower_bound == 121
    assert len(schedule.critical_path) == 3


def test_a_limit_that_binds_only_because_of_another_is_kept_too():
    tasks = [task("long"), task("a"), task("b", "long")]
    estimates = {"long": needing(10), "a": needing(10, memory_mb=1), "b": needing(10, memory_mb=1)}
    assert scheduled(tasks, estimates, amounts={"memory_mb": 1}).makespan == 20
    both = scheduled(tasks, estimates, at_once=1, amounts={"memory_mb": 1})
    assert both.makespan == 30


def test_what_wants_more_than_exists_is_scheduled_with_all_there_is():
    tasks = [task("a"), task("b")]
    estimates = {"a": needing(10, cpu_cores=64), "b": needing(10, cpu_cores=1)}
    schedule = scheduled(tasks, estimates, amounts={"cpu_cores": 4})
    assert schedule.makespan == 20


def test_the_search_finds_what_the_list_schedule_misses():
    """Graham's anomaly of greed: the long task has to begin before the short ones that are ready with it."""
    lengths = {"a": 3, "b": 3, "c": 2, "d": 2, "e": 2}
    tasks = [task(name) for name in lengths]
    estimates = {name: needing(length) for name, length in lengths.items()}
    schedule = scheduled(tasks, estimates, at_once=2)
    assert schedule.makespan == schedule.lower_bound == 6
    assert schedule.proven_optimal
    assert "of" in schedule.method and "tried" in schedule.method


def test_more_time_is_used_where_it_is_given():
    lengths = [7, 7, 6, 6, 5, 5, 4, 4, 4, 3]
    tasks = [task(f"t{number}") for number in range(len(lengths))]
    estimates = {f"t{number}": needing(length) for number, length in enumerate(lengths)}
    quick = scheduled(tasks, estimates, at_once=3)
    longer = scheduled(tasks, estimates, Effort(seconds=0.05), at_once=3)
    assert longer.lower_bound <= longer.makespan <= quick.makespan


def test_estimates_that_are_all_equal_are_no_trouble():
    tasks = [task(f"t{number}") for number in range(60)]
    schedule = scheduled(tasks, {work.task_id: needing(60) for work in tasks}, at_once=7)
    assert schedule.makespan == 9 * 60


def test_tasks_that_take_no_time_are_no_trouble():
    tasks = [task("a", required_capabilities=["law"]), task("b", "a", required_capabilities=["law"])]
    schedule = scheduled(tasks, {"a": needing(0), "b": needing(0)}, at_once=1, agents=(ANA,))
    assert schedule.makespan == 0
    assert schedule.proven_optimal


@pytest.mark.parametrize("seconds", [1e-9, 1e15])
def test_tiny_and_huge_durations_are_scheduled(seconds):
    tasks = [task(f"t{number}") for number in range(4)]
    schedule = scheduled(tasks, {work.task_id: needing(seconds) for work in tasks}, at_once=2)
    assert schedule.makespan == pytest.approx(2 * seconds)


@pytest.mark.large
@pytest.mark.parametrize("shape", ["chain", "star"])
def test_ten_thousand_tasks_in_one_chain_or_one_star(shape):
    first = task("t0", required_capabilities=["law"])
    before = (lambda number: f"t{number - 1}") if shape == "chain" else (lambda _: "t0")
    tasks = [first, *(task(f"t{number}", before(number), required_capabilities=["law"]) for number in range(1, 10_000))]
    estimates = {work.task_id: needing(60) for work in tasks}
    schedule = scheduled(tasks, estimates, at_once=10, agents=(ANA.model_copy(update={"capacity": 3}),))
    assert schedule.makespan == 60 * (10_000 if shape == "chain" else 1 + 3333)


def test_limits_come_from_goal_settings_agents_and_tools():
    settings = PlannerSettings(max_concurrent_tasks=4, resource_limits={"gpu": 1})
    found = capacities_for(GoalConstraints(max_parallel=2), settings, (ANA,), TOOLS | {"a.b": ToolSpec(name="a.b")})
    assert (found.at_once, found.agents, dict(found.amounts)) == (2, (ANA,), {"gpu": 1})
    assert set(found.tools) == set(TOOLS)
    assert capacities_for(GoalConstraints(max_parallel=9), settings).at_once == 4
