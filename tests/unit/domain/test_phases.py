"""Phases: as the tasks name them, else along the lines of the goal's breakdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.domain.agents import AgentCapability
from groundplan.domain.capacities import Capacities
from groundplan.domain.dependency_graph import DependencyGraph
from groundplan.domain.goal import Breakdown
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from groundplan.domain.scheduling import make_schedule
from tests.plan_factories import NOW, chains_and_joins, task


def scheduled(tasks, breakdown, seconds=None, agents=()):
    points = {work.task_id: (seconds or {}).get(work.task_id, (10, 10, 10)) for work in tasks}
    return make_schedule(
        tasks, DependencyGraph.of(tasks), {i: ResourceEstimate(duration=ThreePoint(*p)) for i, p in points.items()},
        buffer_share=0, now=NOW, within=Capacities(agents=agents), breakdown=breakdown,
    )  # fmt: skip


def phases(*tasks, **fields):
    return {phase.name: phase.task_ids for phase in scheduled(tasks, **fields).phases}


@pytest.mark.parametrize("breakdown", Breakdown)
def test_phases_that_tasks_name_are_the_phases(breakdown):
    assert phases(task("a", phase="first"), task("b"), breakdown=breakdown) == {"first": ["a"]}


def test_a_hybrid_breakdown_makes_none_up():
    assert phases(task("a"), task("b"), breakdown=Breakdown.HYBRID) == {}


def test_functional_phases_are_kinds_of_work():
    tasks = [
        task("a", name="Test it"),
        task("b", name="Write it down"),
        task("c", name="Check it"),
        task("d", category="x"),
    ]
    assert phases(*tasks, breakdown=Breakdown.FUNCTIONAL) == {"test": ["a", "c"], "write": ["b"], "x": ["d"]}


def test_phases_by_resource_are_named_by_who_or_what_does_the_work():
    ana = AgentCapability(agent_id="ana", capabilities=["law"])
    tasks = [
        task("a", required_capabilities=["law"]), task("b", required_capabilities=["art"]), task("c", tool="ci.run"),
        task("d"),
    ]  # fmt: skip
    found = phases(*tasks, breakdown=Breakdown.RESOURCE_BASED, agents=[ana])
    assert found == {"ana": ["a"], "art": ["b"], "ci.run": ["c"], "anybody": ["d"]}


def test_temporal_phases_are_quarters_of_the_time():
    tasks = [task("a"), task("b", "a"), task("c", "b"), task("d", "c")]
    assert list(phases(*tasks, breakdown=Breakdown.TEMPORAL)) == [
        "first quarter", "second quarter", "third quarter", "last quarter",
    ]  # fmt: skip
    assert phases(task("a"), breakdown=Breakdown.TEMPORAL, seconds={"a": (0, 0, 0)}) == {"first quarter": ["a"]}


def test_phases_by_risk_keep_the_irreversible_and_the_uncertain_apart():
    tasks = [task("a", irreversible=True), task("b"), task("c")]
    found = phases(*tasks, breakdown=Breakdown.RISK_BASED, seconds={"b": (1, 5, 11)})
    assert found == {"irreversible": ["a"], "uncertain": ["b"], "the rest": ["c"]}


def test_hierarchical_phases_lead_to_one_last_task_each():
    tasks = [
        task("base"), task("wall", "base"), task("house", "wall", name="House"), task("shed", "base", name="Shed"),
        task("paint", name="Fence"),
    ]  # fmt: skip
    found = phases(*tasks, breakdown=Breakdown.HIERARCHICAL)
    assert found == {"shared": ["base"], "House": ["wall", "house"], "Shed": ["shed"], "Fence": ["paint"]}


@given(chains_and_joins(), st.sampled_from([one for one in Breakdown if one is not Breakdown.HYBRID]))
def test_every_task_is_in_one_phase_whose_span_covers_it_and_ends_in_a_milestone(tasks, breakdown):
    schedule = scheduled(tasks, breakdown)
    assert sorted(i for phase in schedule.phases for i in phase.task_ids) == sorted(work.task_id for work in tasks)
    for phase in schedule.phases:
        for task_id in phase.task_ids:
            window = schedule.windows[task_id]
            assert phase.start <= window.earliest_start <= window.earliest_finish <= phase.finish
    ends = {milestone.name: milestone.at for milestone in schedule.milestones}
    assert ends == {f"{phase.name} done": phase.finish for phase in schedule.phases} | {"plan done": schedule.makespan}
