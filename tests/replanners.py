"""A plan that does not go on, and a replanner over a scripted model."""

from dataclasses import dataclass, field
from typing import Any

from groundplan.decomposition.replanning import ReplanLimits, Replanner
from groundplan.domain.goal import Goal
from groundplan.domain.ledger import TaskState
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.settings import ModelLimits
from groundplan.domain.task import TaskDependency
from groundplan.domain.tools import ToolSpec
from groundplan.domain.validation import Surroundings
from groundplan.stores.memory import MemoryModelAnswers
from groundplan.testing import ScriptedChatModel
from tests.plan_factories import NOW, plan, task


def schema(*names):
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": list(names)}


TOOLS = {
    tool.name: tool
    for tool in (
        ToolSpec(name="web.get", description="Fetch a page", arguments=schema("url")),
        ToolSpec(name="web.archive", description="Fetch an old page", arguments=schema("url")),
        ToolSpec(name="chart.draw", description="Draw a chart", arguments=schema("data")),
        ToolSpec(name="mail.send", description="Send mail", arguments=schema("to")),
    )
}
GOAL = Goal(goal_id="goal-1", goal_text="Send Ana a chart of the prices")
AROUND = Surroundings(tools=TOOLS, now=NOW)
ERROR = {"code": "E5207", "message": "ConnectionError: no route to host"}


def prices() -> ExecutionPlan:
    """Search (done), fetch (failed), draw and send; a picture that is optional."""
    return plan(
        task("search", name="Search for pages"),
        task("fetch", "search", name="Fetch the prices", tool="web.get", inputs={"url": "http://prices"}),
        task(
            "draw",
            TaskDependency(task_id="fetch", kind="data", output="text", input="data"),
            name="Draw a chart",
            tool="chart.draw",
            inputs={"data": "${fetch.output.text}"},
        ),
        task("frame", "draw", name="Frame it", optional=True),
        task("send", "draw", name="Send the chart", tool="mail.send", inputs={"to": "ana"}),
        plan_id="plan-1",
    )


def prices_states(**more: TaskState) -> dict[str, TaskState]:
    return {
        "search": TaskState(status=TaskStatus.COMPLETED, output={"pages": 3}),
        "fetch": TaskState(status=TaskStatus.FAILED, error=ERROR, claims=2, agent="ana"),
    } | more


@dataclass(frozen=True)
class Stuck:
    """A situation."""

    plan: ExecutionPlan = field(default_factory=prices)
    states: dict[str, TaskState] = field(default_factory=prices_states)
    goal: Goal = GOAL
    reason: str = "task 'fetch' failed"
    history: tuple[str, ...] = ()
    asked: dict[str, Any] = field(default_factory=dict)


def change(number, action="replace", **fields):
    known = {"action": action, "number": number, "name": "", "tool": None, "depends_on": [], "minutes": 5}
    return known | fields


def answer(*changes, why="The archive has them too"):
    return {"why": why, "changes": list(changes)}


ARCHIVE = answer(change(2, name="Fetch old prices", tool="web.archive"))


def replanner(turns, *, around=AROUND, limits=None, answers=None, timeout=5, **fields):
    """The model, and a replanner that asks it."""
    model, limits = ScriptedChatModel(turns=turns), limits or ReplanLimits()
    store = answers or MemoryModelAnswers()
    asker = limits.asker(model, "scripted", store, "run", ModelLimits(timeout_seconds=timeout))
    return model, Replanner(around, asker, limits, **fields)
