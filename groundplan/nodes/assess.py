"""Find the plan's risks, and whether a person has to look at it."""

from typing import TypeGuard

from langgraph.runtime import Runtime

from groundplan.domain.pricing import unpriced
from groundplan.domain.risk import Risk
from groundplan.domain.risk_rules import Outlook, approval_reasons, assess_risks, unknown_cost_reasons
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
    revision = state.get("revision")
    reasons = approval_reasons(_new_risks(risks, revision), cost, context.settings)
    reasons += _unknown_cost(state, context, revision)
    return {"risks": RiskRegister(risks=risks, approval_reasons=reasons)}


def _new_risks(risks: list[Risk], revision: Revision | None) -> list[Risk]:
    """The risks that nobody has decided on yet: in a replan, those of tasks that it adds or changes."""
    if not _is_replan(revision):
        return risks
    return [risk for risk in risks if set(revision.touched).intersection(risk.task_ids)]


def _unknown_cost(state: PlannerState, context: Context, revision: Revision | None) -> list[str]:
    limits = [state["goal"].constraints.max_cost, context.settings.approval_cost_limit]
    if limits == [None, None]:
        return []
    tasks = state["dependencies"].tasks
    if _is_replan(revision):
        tasks = [task for task in tasks if task.task_id in revision.touched]
    return unknown_cost_reasons(len(unpriced(tasks, state["estimates"].by_task, context.prices)), *limits)


def _is_replan(revision: Revision | None) -> TypeGuard[Revision]:
    return revision is not None and revision.plan_id is not None
