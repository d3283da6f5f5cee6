"""Tools with which no task was completed before are a risk, once there is a past to know them by."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from groundplan import Goal, PlanningService
from groundplan.domain.past_task import PastTask
from groundplan.domain.task import TaskType
from groundplan.domain.tools import ToolSpec
from groundplan.service import Settings
from groundplan.testing import ScriptedChatModel, memory_resources

STEPS = {
    "steps": [
        {"number": 1, "name": "Sort the sheet", "tool": "sheet.sort"},
        {"number": 2, "name": "Count the rows", "tool": "sheet.count", "depends_on": [1]},
    ]
}


class Past:
    def __init__(self, *tools):
        self.tools = tools

    async def take_in(self, limit=20):
        return 0

    async def latest(self, limit=20_000):
        return [
            PastTask(
                plan_id="p", run_id="r", task_id="t", at=datetime(2026, 1, 1, tzinfo=UTC), tool=tool, text="sort",
                kind="other work", task_type=TaskType.ATOMIC, expected=60.0, seconds=60.0,
            )
            for tool in self.tools
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("past", "seen"),
    [
        ([], []),
        (["sheet.sort"], ["sheet.count"]),
        (["sheet.sort", "sheet.count"], []),
        (["a.b"], ["sheet.count", "sheet.sort"]),
    ],
)
async def test_an_untested_tool_is_told(tmp_path, past, seen):
    resources = replace(memory_resources(), past_work=Past(*past))
    tools = [ToolSpec(name=name, irreversible=False) for name in ("sheet.sort", "sheet.count")]
    model = ScriptedChatModel(turns=[STEPS])
    settings = Settings.load(home=tmp_path)
    async with PlanningService(settings=settings, model=model, tools=tools, resources=resources) as service:
        plan = await service.create_plan(Goal(goal_text="Zorble the quux until it frobnicates"))
    told = [risk.evidence for risk in plan.risks if risk.rule == "untested-tool"]
    assert told == ([f"no completed task with {', '.join(seen)}"] if seen else [])
