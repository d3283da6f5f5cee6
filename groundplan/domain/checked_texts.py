"""What somebody else wrote, checked where it comes in: all of a goal that a prompt or a page will show, and names.

checked_goal(goal, policy)                the goal with its texts as they may be stored
checked("Because it is late", "reason")   prose, or nothing
checked_name("Ada", "by")                 a name, on one line
"""

from __future__ import annotations

from typing import Any

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.goal import Goal, GoalConstraints
from groundplan.domain.sanitizer import Policy, sanitize_text

MOST_OF_A_NAME = 400
_DEEPEST = 8


def checked(text: str, what: str, policy: Policy = Policy.PROSE) -> str:
    """The text as `sanitize_text` gives it; nothing for nothing.

    Raises:
        PlanningError: E5004, which names the text by `what`.
    """
    return sanitize_text(text, policy, what=what) if text.strip() else ""


def checked_name(name: str, what: str) -> str:
    """Who somebody says to be, without blanks around it.

    Raises:
        PlanningError: E5004 for a name that is empty, long, or not one line of printable text.
    """
    kept = name.strip()
    if kept and len(kept) <= MOST_OF_A_NAME and kept.isprintable():
        return checked(kept, what)
    raise PlanningError(
        ErrorCode.GOAL_REFUSED,
        f"{what!r} is no name: it has to be one line of printable text, of 1 to {MOST_OF_A_NAME} characters",
        details={"rule": "name", "position": _first_odd(kept), "length": len(name)},
        recovery_suggestion="Give a plain name, such as 'ada'.",
    )


def checked_goal(goal: Goal, policy: Policy) -> Goal:
    """The goal with its text judged by `policy`, and everything else that prompts tell of it as prose.

    Raises:
        PlanningError: E5004 with the name of the field.
    """
    text = sanitize_text(goal.goal_text, policy)
    limits = _checked_constraints(goal.constraints)
    return goal.model_copy(update={"goal_text": text, "constraints": limits})


def _checked_constraints(limits: GoalConstraints) -> GoalConstraints:
    said = {name: getattr(limits, name) for name in (*_LISTS, "extra")}
    kept = {name: _checked_value(value, f"constraints.{name}") for name, value in said.items() if value}
    return limits.model_copy(update=kept) if kept else limits


_LISTS = ("required_tools", "forbidden_tools", "required_capabilities", "forbidden_capabilities", "success_criteria")


def _checked_value(value: Any, what: str, depth: int = _DEEPEST) -> Any:
    if isinstance(value, str):
        return checked(value, what)
    if depth == 0 and isinstance(value, (dict, list, tuple)):
        raise PlanningError(
            ErrorCode.GOAL_REFUSED,
            f"{what} is nested too deep",
            details={"rule": "too_deep", "position": 0},
            recovery_suggestion=f"Nest at most {_DEEPEST} levels.",
        )
    if isinstance(value, dict):
        return {checked(str(name), what): _checked_value(item, what, depth - 1) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_checked_value(item, what, depth - 1) for item in value]
    return value


def _first_odd(name: str) -> int:
    return next((place for place, sign in enumerate(name) if not sign.isprintable()), min(len(name), MOST_OF_A_NAME))
