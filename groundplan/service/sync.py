"""The one synchronous door, for scripts."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from groundplan.domain.goal import Goal
from groundplan.domain.plan import ExecutionPlan
from groundplan.service.planning import PlanningService


def plan_goal(goal: Goal | str, **service: Any) -> ExecutionPlan:
    """Plan one goal from a script, without `async`: opens a service, plans, closes it.

    Takes the arguments of `PlanningService`. Where an event loop runs already (a notebook), the work is done
    in a thread of its own; there, `await service.create_plan(…)` is the better way.
    """

    async def planned() -> ExecutionPlan:
        async with PlanningService(**service) as opened:
            return await opened.create_plan(goal)

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(planned())
    with ThreadPoolExecutor(max_workers=1) as threads:
        return threads.submit(lambda: asyncio.run(planned())).result()
