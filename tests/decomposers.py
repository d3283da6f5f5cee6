"""A decomposer over a scripted model, and the answers it is given."""

from groundplan.decomposition.asking import Asker, Budget
from groundplan.decomposition.decompose import Decomposer
from groundplan.domain.goal import Goal
from groundplan.domain.settings import ModelLimits, PlannerSettings
from groundplan.domain.tools import ToolSpec
from groundplan.stores.memory import MemoryModelAnswers
from groundplan.testing import ScriptedChatModel

GOAL = Goal(goal_text="Organize a photo exhibition")
TOOLS = (ToolSpec(name="mail.send", description="Send mail"), ToolSpec(name="web.search"))


def step(number, *depends_on, **fields):
    return {"number": number, "name": f"Do part {number}", "depends_on": list(depends_on), "minutes": 10} | fields


GOOD = {"steps": [step(1), step(2, 1), step(3, 1)]}


def decomposer(turns, *, limits=None, tools=TOOLS, max_repairs=2, answers=None, attempt=0, budget=None, **fields):
    """The model, and a decomposer that asks it."""
    model = ScriptedChatModel(turns=turns)
    limits = limits or ModelLimits(timeout_seconds=5)
    settings = PlannerSettings(model=limits, max_repairs=max_repairs)
    answers = answers or MemoryModelAnswers()
    asker = Asker(model, "scripted", answers, "run", budget or Budget(limits), attempt)
    return model, Decomposer(asker, settings, tools, **fields)


def waits_of(outline):
    """Which step waits for which, by key."""
    return {one.key: [wait.key for wait in one.depends_on] for one in outline.steps}
