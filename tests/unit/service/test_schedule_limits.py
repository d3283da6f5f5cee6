import pytest

from groundplan import Goal, PlanningService
from groundplan.service.settings import Settings
from groundplan.testing import memory_resources


async def planned(goal, **around):
    async with PlanningService(resources=memory_resources(), **around) as service:
        return await service.create_plan(goal)


@pytest.mark.parametrize(("constraints", "setting"), [({"max_parallel": 1}, None), ({"max_parallel": 5}, 1), ({}, 1)])
async def test_how_many_may_run_at_once_shapes_the_schedule(constraints, setting):
    text = "1. Test a 2. Independently, test b 3. Independently, test c"
    settings = Settings.load(max_concurrent_tasks=setting)
    plan = await planned(Goal(goal_text=text, constraints=constraints), settings=settings)
    free = await planned(text)
    assert plan.schedule.makespan == pytest.approx(3 * free.schedule.makespan)
