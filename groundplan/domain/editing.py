"""What a person's patch makes of a plan, checked before anything is decided."""

from __future__ import annotations

from groundplan.domain.dependency_graph import resolve
from groundplan.domain.outline import Outline, outline_of
from groundplan.domain.patch import PlanPatch, apply_patch
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.validation import Surroundings, validate


def edited_outline(plan: ExecutionPlan, patch: PlanPatch, before: Outline, around: Surroundings) -> Outline:
    """The outline of the edited plan; tasks keep their ids.

    Raises:
        PlanningError: E5600 if the patch does not fit or the result is invalid, E5301 if it has a cycle,
            E5302 if it waits for what is not there.
    """
    tasks, _ = resolve(apply_patch(plan.tasks, patch))
    metadata = plan.metadata.model_copy(update={"strategy": "edit"})
    edited = plan.model_copy(update={"tasks": tasks, "metadata": metadata, "schedule": None})
    validate(edited, around).raise_if_invalid()
    origin = before.origin.model_copy(update={"strategy": "edit", "reason": "edited at approval"})
    return outline_of(tasks, origin, title=before.title, reasoning=before.reasoning)
