"""Mend an outline whose plan was found invalid, or say what was tried."""

from langgraph.runtime import Runtime

from groundplan.decomposition.asking import Asker, Budget
from groundplan.decomposition.decompose import Decomposer
from groundplan.domain import dag
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.findings import ValidationResult
from groundplan.state import Context, PlannerState, PlannerUpdate, run_id_of


async def repair(state: PlannerState, runtime: Runtime[Context]) -> PlannerUpdate:
    """Mend the outline by rules, or show the findings to the model that made it, a bounded number of times.

    Reads `goal`, `outline`, `findings`, `repairs`; writes `outline` and `repairs`. What a person or a template
    wrote is not rewritten: it is refused.

    Raises:
        PlanningError: E5301 with the cycle's path, else E5600 with all findings and all that was tried;
            E5102–E5106 for what goes wrong with the model.
    """
    context, findings = runtime.context, state["findings"]
    tried = state.get("repairs", [])
    model = context.chat_model()
    if state["outline"].origin.strategy != "llm" or model is None or len(tried) >= context.settings.max_repairs:
        raise refusal(state, findings, tried)
    spent = state["outline"].origin
    budget = Budget(context.settings.model, spent.calls, spent.tokens, spent.latency_ms)
    asker = Asker(model, context.model_name, context.answers, run_id_of(runtime), budget, attempt=len(tried) + 1)
    decomposer = Decomposer(asker, context.settings, context.tools, context.agents, context.notes)
    outline = await decomposer.repair(state["goal"], state["outline"], findings)
    return {"outline": outline, "repairs": [*tried, "; ".join(decomposer.tried)]}


def refusal(state: PlannerState, findings: ValidationResult, tried: list[str]) -> PlanningError:
    """The error that ends the run: a cycle by its own code, anything else as E5600."""
    graph = state["dependencies"].graph.predecessors
    known = {task_id: [other for other in before if other in graph] for task_id, before in graph.items()}
    cycle = dag.find_cycle(known)
    if cycle:
        names = {task.task_id: task.name for task in state["dependencies"].tasks}
        return PlanningError(
            ErrorCode.DEPENDENCY_CYCLE,
            "Tasks wait for each other: " + " → ".join(repr(names[task_id]) for task_id in cycle),
            details={"cycle": cycle, "tried": tried},
            recovery_suggestion="Remove one of these dependencies.",
        )
    try:
        findings.raise_if_invalid(tried=tried)
    except PlanningError as error:
        return error
    raise AssertionError("repair was reached by a valid plan")
