"""Ready tasks stand in line by kind: who cannot go on holds up nobody else, and costs nothing."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan import ExecutionPlan, ExecutorRegistry, PlanningService, Task
from groundplan.domain.agents import AgentCapability
from groundplan.execution import agent_registry
from groundplan.execution.waiting_line import WaitingLine
from groundplan.testing import memory_resources
from tests.property_examples import examples


def line_of(*places):
    line = WaitingLine()
    for number, (name, kind, remaining) in enumerate(places):
        line.join(Task(task_id=name, name=name, sequence_order=number), kind, remaining)
    return line


def taken(line):
    names = []
    while first := line.take():
        names.append(first[1].task_id)
    return names


def test_the_longest_path_goes_first_whatever_its_kind():
    assert taken(line_of(("a", 1, 5.0), ("b", 2, 9.0), ("c", 1, 7.0), ("d", None, 9.0))) == ["b", "d", "c", "a"]


def test_one_that_steps_aside_lets_its_kind_pass_until_the_line_is_opened_again():
    line = line_of(("a", 1, 9.0), ("b", 1, 5.0))
    line.step_aside(*line.take())
    assert taken(line) == ["b"]
    assert line, "it still waits"
    line.open()
    assert taken(line) == ["a"]
    assert not line


def test_one_that_stands_back_holds_its_kind_and_no_other():
    line = line_of(("a", 1, 9.0), ("b", 1, 5.0), ("c", 2, 1.0))
    line.stand_back(*line.take())
    assert taken(line) == ["c"]
    line.open()
    assert taken(line) == ["a", "b"]


def test_those_who_stepped_aside_can_be_dismissed():
    line = line_of(("a", 1, 9.0), ("b", 1, 5.0))
    line.step_aside(*line.take())
    assert [place.task_id for place in line.dismiss_aside()] == ["a"]
    line.open()
    assert taken(line) == ["b"]


@settings(max_examples=examples(0.3))
@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 9)), max_size=30))
def test_it_is_one_line_in_order_as_long_as_nobody_is_refused(places):
    named = [(str(number), kind, remaining) for number, (kind, remaining) in enumerate(places)]
    in_order = sorted(named, key=lambda place: (-place[2], int(place[0])))
    assert taken(line_of(*named)) == [name for name, _, _ in in_order]


async def test_tasks_that_wait_for_one_agent_are_not_asked_about_one_by_one(monkeypatch):
    asked = []
    real = agent_registry.assign
    monkeypatch.setattr(
        agent_registry, "assign", lambda task, *rest, **more: asked.append(1) or real(task, *rest, **more)
    )

    async def nothing():
        await asyncio.sleep(0)

    agents = [AgentCapability(agent_id="ana", capabilities=["sorting"])]
    registry = ExecutorRegistry(callables={"work.do": nothing})
    tasks = [Task(task_id=f"t{n}", name="Sort", tool="work.do", required_capabilities=["sorting"]) for n in range(60)]
    async with PlanningService(resources=memory_resources(), executors=registry, agents=agents) as service:
        plan = await service.store_plan(ExecutionPlan(tasks=tasks))
        result = await service.execute_plan(plan.plan_id)
    assert result.status == "completed"
    assert len(asked) <= 4 * len(tasks), "the cost of a task does not grow with the line behind it"
