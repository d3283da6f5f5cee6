"""Find the plan's risks, and whether a person has to look at it."""

from langgraph.runtime import Runtime

from groundplan.domain.risk import Risk
from groundplan.domain.risk_rules import Outlook, approval_reasons, assess_risks
from groundplan.state import Context, PlannerState, PlannerUpdate, Revision, RiskRegister, plan_id_in


async def assess(state: PlannerState, runtime: Runtime[Context]) -> PlannerUpdate:
    """Reads `goal`, `dependencies`, `estimates`, `schedule`; writes `risks`."""
    context, constraints = runtime.context, state["goal"].constraints
    estimates = state["estimates"].by_task
    left = (constraints.deadline - context.clock()).total_seconds() if constraints.deadline else None
    risks = assess_risks(
        Outlook(
            plan_id=plan_id_in(state, runtime),
            tasks=state["dependencies"].tasks,
            graph=state["dependencies"].graph,
            estimates=estimates,
            schedule=state["schedule"],
            constraints=constraints,
            tools=context.tools_by_name,
            agents=context.agents,
            seconds_left=left,
            goal_text=state["goal"].goal_text,
        )
    )
    cost = sum(estimate.cost.mean for estimate in estimates.values())
    new = _new_risks(risks, state.get("revision"))
    return {"risks": RiskRegister(risks=risks, approval_reasons=approval_reasons(new, cost, context.settings))}


def _new_risks(risks: list[Risk], revision: Revision | None) -> list[Risk]:
    """The risks that nobody has decided on yet: in a replan, those of tasks that it adds or changes."""
    if revision is None or revision.plan_id is None:
        return risks
    touched = set(revision.touched)
    return [risk for risk in risks if touched.intersection(risk.task_ids)]
