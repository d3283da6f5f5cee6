"""Check the plan on all levels, and collect everything that is wrong with it."""

from langgraph.runtime import Runtime

from groundplan.domain.findings import ValidationResult
from groundplan.domain.validation import validate as validate_plan
from groundplan.draft import draft_plan, revision_in
from groundplan.state import Context, PlannerState, PlannerUpdate


async def validate(state: PlannerState, runtime: Runtime[Context]) -> PlannerUpdate:
    """Reads all that was written so far, writes `findings`. What is invalid goes on to `repair`."""
    around = runtime.context.surroundings(state["goal"], revision_in(state).standing)
    found = validate_plan(draft_plan(state, runtime), around)
    return {"findings": _with_problems(state, found)}


def _with_problems(state: PlannerState, found: ValidationResult) -> ValidationResult:
    told = {finding.code for finding in found.errors}
    missed = [problem for problem in state["dependencies"].problems if problem.code not in told]
    return found.model_copy(update={"errors": [*missed, *found.errors]}) if missed else found
