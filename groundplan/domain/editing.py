"""What a person's patch makes of a plan, checked before anything is decided."""

from __future__ import annotations

from groundplan.domain.dependency_graph import resolve
from groundplan.domain.estimation import estimate, estimated
from groundplan.domain.outline import Origin, Outline, instantiate, outline_of
from groundplan.domain.patch import PlanPatch, apply_patch
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.scheduling import make_schedule
from groundplan.domain.validation import Surroundings, unknown_tools, validate


def edited_outline(plan: ExecutionPlan, patch: PlanPatch, before: Outline, around: Surroundings) -> Outline:
    """The outline of the edited plan; tasks keep their ids.

    The plan that will come of it is made and validated here, so that an edit is refused before it is decided.

    Raises:
        PlanningError: E5600 if the patch does not fit or the result is invalid, E5301 if it has a cycle,
            E5302 if it waits for what is not there.
    """
    origin = before.origin.model_copy(update={"strategy": "edit", "reason": "edited at approval"})
    return _patched(plan, patch, before.model_copy(update={"origin": origin}), around)


def replanned_outline(plan: ExecutionPlan, patch: PlanPatch, origin: Origin, around: Surroundings) -> Outline:
    """The outline of the plan that a replan makes; tasks keep their ids. Raises as `edited_outline`."""
    return _patched(plan, patch, Outline(title="", origin=origin, reasoning=plan.reasoning, steps=[]), around)


def _patched(plan: ExecutionPlan, patch: PlanPatch, before: Outline, around: Surroundings) -> Outline:
    tasks, _ = resolve(apply_patch(plan.tasks, patch))
    outline = outline_of(tasks, before.origin, title=before.title, reasoning=before.reasoning)
    edited = _edited_plan(plan, outline, around)
    result = validate(edited, around)
    had = {task.tool for task in plan.tasks if task.tool}
    errors = [*result.errors, *unknown_tools(edited, around, but=had)]
    result.model_copy(update={"errors": errors}).raise_if_invalid()
    return outline


def _edited_plan(plan: ExecutionPlan, outline: Outline, around: Surroundings) -> ExecutionPlan:
    tasks, graph = resolve(instantiate(outline, plan.plan_id, now=plan.created_at, keep_keys=True))
    estimates = estimate(tasks)
    schedule = make_schedule(
        tasks,
        graph,
        around.standing.left(estimates),
        buffer_share=around.settings.resource_buffer_percentage,
        now=around.now or plan.created_at,
        deadline=around.constraints.deadline,
        within=around.capacities,
    )
    metadata = plan.metadata.model_copy(update={"strategy": outline.origin.strategy})
    return plan.model_copy(update={"tasks": estimated(tasks, estimates), "metadata": metadata, "schedule": schedule})
