"""Whether a goal lists its own steps, asked by several nodes of a run and answered once."""

from functools import lru_cache

from groundplan.domain.goal import DecompositionStrategy, Goal
from groundplan.domain.step_list import StepList, read_step_list

_REMEMBERED = 20_000
"""Characters; a longer text is read each time, rather than kept."""


def steps_listed(goal: Goal) -> StepList | None:
    """The steps that the goal lists, if that is how it is to be planned."""
    if goal.decomposition_strategy is DecompositionStrategy.LLM:
        return None
    text = goal.goal_text
    return _read(text) if len(text) <= _REMEMBERED else read_step_list(text)


def is_shared(goal: Goal) -> bool:
    """Whether the goal's outline is worth asking other processes for: steps that it lists are read faster than that."""
    return len(goal.goal_text) > _REMEMBERED or steps_listed(goal) is None


_read = lru_cache(maxsize=32)(read_step_list)
