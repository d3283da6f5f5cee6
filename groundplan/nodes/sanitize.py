"""Receive the goal, refuse what no planner should read, and record it either way."""

from typing import Any

from langgraph.runtime import Runtime
from pydantic import ValidationError

from groundplan.domain.checked_texts import checked_goal
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.events import Event, EventType
from groundplan.domain.goal import Goal
from groundplan.domain.lifecycle import GoalStatus
from groundplan.domain.runs import PlanningRun
from groundplan.state import Context, PlannerInput, PlannerUpdate, run_id_of

_KEPT_OF_REFUSED = 500


async def sanitize(state: PlannerInput, runtime: Runtime[Context]) -> PlannerUpdate:
    """Check the goal's texts and record goal and run.

    Reads `goal` (a `Goal`, its fields, or bare text), writes `goal` (normalized, decomposing). Passes a `revision`.

    Raises:
        PlanningError: E5004 with rule and position. The refused goal is recorded as failed, by an
            escaped excerpt of its text.
    """
    if "revision" in state:  # of a goal that was received long ago
        return {}
    context, run_id = runtime.context, run_id_of(runtime)
    goal = _as_goal(state["goal"], run_id)
    try:
        goal = checked_goal(goal, context.settings.sanitizer_policy)
    except PlanningError as refusal:
        await _record(_refused(goal, refusal), run_id, context, EventType.GOAL_REFUSED, refusal)
        raise
    goal = goal.model_copy(update={"status": GoalStatus.DECOMPOSING})
    await _record(goal, run_id, context)
    return {"goal": goal}


def _as_goal(given: Goal | dict[str, Any] | str, run_id: str) -> Goal:
    if isinstance(given, Goal):
        return given
    # A run that is resumed from its input must mean the same goal, so its id follows from the run's.
    fields = {"goal_text": given} if isinstance(given, str) else given
    try:
        return Goal.model_validate({"goal_id": f"goal-{run_id}"} | fields)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise PlanningError(
            ErrorCode.GOAL_REFUSED,
            f"The goal is malformed: {problems[0]}",
            details={"rule": "fields", "position": 0, "errors": problems},
            recovery_suggestion="Give at least {'goal_text': '…'}; see groundplan.Goal for the other fields.",
        ) from error


def _refused(goal: Goal, refusal: PlanningError) -> Goal:
    excerpt = goal.goal_text[:_KEPT_OF_REFUSED].encode("unicode_escape").decode("ascii")
    return goal.model_copy(
        update={
            "goal_text": excerpt,
            "status": GoalStatus.FAILED,
            "metadata": goal.metadata | {"error": refusal.to_dict()},
        }
    )


async def _record(
    goal: Goal,
    run_id: str,
    context: Context,
    outcome: EventType | None = None,
    refusal: PlanningError | None = None,
) -> None:
    now = context.clock()
    run = PlanningRun(run_id=run_id, goal_id=goal.goal_id, mode=context.mode, created_at=now)
    events = [Event(type=EventType.GOAL_RECEIVED, at=now, goal_id=goal.goal_id, run_id=run_id)]
    if outcome and refusal:
        data = {"code": refusal.code.value, "rule": refusal.details.get("rule")}
        events.append(Event(type=outcome, at=now, goal_id=goal.goal_id, run_id=run_id, data=data))
    await context.store.receive(goal, run, events)
