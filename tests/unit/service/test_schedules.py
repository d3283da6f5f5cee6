"""Schedules of plans that are there: within the agents, tools and settings of the service."""

import pytest

from groundplan import AgentCapability, ErrorCode, Goal, PlanningError, PlanningService
from groundplan.domain.tools import ToolSpec
from groundplan.service.settings import Settings
from groundplan.testing import memory_resources
from tests.plan_factories import NOW, plan, task

ANA = AgentCapability(agent_id="ana", capabilities=["law"])


def service(**around):
    settings = Settings.load(**around.pop("settings", {}))
    return PlanningService(resources=memory_resources(), settings=settings, clock=lambda: NOW, **around)


def three_of_law():
    return plan(*(task(name, required_capabilities=["law"], name=f"Check {name}") for name in "abc"))


async def test_a_plan_is_scheduled_on_the_agents_that_are_there():
    async with service(agents=[ANA]) as opened:
        made = await opened.store_plan(three_of_law())
    assert {slot.agent for slot in made.schedule.slots.values()} == {"ana"}
    assert len(made.schedule.critical_path) == 3


async def test_a_plan_can_be_scheduled_again_in_other_surroundings():
    resources = memory_resources()
    async with PlanningService(resources=resources, agents=[ANA]) as one:
        made = await one.store_plan(three_of_law())
    two = [ANA, AgentCapability(agent_id="bob", capabilities=["law"])]
    async with PlanningService(resources=resources, agents=two) as other:
        again = await other.schedule_plan(made.plan_id, seconds=0.02)
        stored = await other.get_plan(made.plan_id)
    assert again.makespan == pytest.approx(made.schedule.makespan * 2 / 3)
    assert stored.schedule == made.schedule


async def test_more_than_the_machine_has_is_refused_with_both_numbers():
    needy = task("a", resource_estimate={"duration": [1, 2, 3], "cpu_cores": 16})
    async with service(settings={"resource_limits": {"cpu_cores": 4}}) as opened:
        with pytest.raises(PlanningError) as caught:
            await opened.store_plan(plan(needy))
    assert caught.value.code is ErrorCode.VALIDATION_FAILED
    (error,) = caught.value.details["errors"]
    assert error["code"] == "E5500"
    assert error["constraints"] == ["'Do a' needs 16 cpu_cores", "there are 4 cpu_cores at a time"]


async def test_an_impossible_deadline_is_refused_with_the_smallest_set_of_constraints():
    goal = Goal(
        goal_text="1. Build it for 1 hour 2. Review it for 3 hours 3. Wave for 5 minutes",
        constraints={"deadline": NOW.replace(hour=NOW.hour + 2)},
    )
    async with service() as opened:
        with pytest.raises(PlanningError) as caught:
            await opened.create_plan(goal)
    (error,) = caught.value.details["errors"]
    assert error["constraints"] == ["the deadline is in 2 h", "'Review it for 3 hours' needs at least 3 h"]


async def test_tools_say_how_often_they_may_be_called():
    calls = [task(f"t{n}", tool="web.search", resource_estimate={"duration": [1, 1, 1]}) for n in range(3)]
    async with service(tools=[ToolSpec(name="web.search", calls_per_minute=1)]) as opened:
        made = await opened.store_plan(plan(*calls))
    assert made.schedule.makespan == 121


async def test_cp_sat_joins_in_where_it_is_asked():
    lengths = [7, 7, 6, 6, 5, 5, 4, 4, 4]
    tasks = [task(f"t{n}", resource_estimate={"duration": [length] * 3}) for n, length in enumerate(lengths)]
    async with service(settings={"max_concurrent_tasks": 3}) as opened:
        made = await opened.store_plan(plan(*tasks))
        found = await opened.schedule_plan(made.plan_id, optimize=True, seconds=1)
    assert found.makespan == found.lower_bound == 16
