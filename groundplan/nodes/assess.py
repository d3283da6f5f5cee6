"""Find the plan's risks, and whether a person has to look at it."""

from typing import TypeGuard

from langgraph.runtime import Runtime

from groundplan.decomposition.asking import Asker, Budget
from groundplan.decomposition.risk_answer import BY_MODEL
from groundplan.decomposition.risk_identification import CALLS, identify
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.mitigation.carrying import carry_over
from groundplan.domain.pricing import unpriced
from groundplan.domain.risk import Risk
from groundplan.domain.risk_merging import merged, under_known_ids
from groundplan.domain.risk_rules import Outlook, approval_reasons, assess_risks, by_score, unknown_cost_reasons
from groundplan.draft import revision_in
from groundplan.state import Context, PlannerState, PlannerUpdate, Revision, RiskRegister, plan_id_in, run_id_of
from groundplan.stores.verified import verified_plan

_MODEL_TROUBLE = frozenset(
    {
        ErrorCode.MODEL_UNAVAILABLE,
        ErrorCode.MODEL_TIMEOUT,
        ErrorCode.MODEL_ANSWER_UNUSABLE,
        ErrorCode.MODEL_ANSWER_CUT_OFF,
        ErrorCode.MODEL_BUDGET_EXCEEDED,
    }
)


async def assess(state: PlannerState, runtime: Runtime[Context]) -> PlannerUpdate:
    """Reads `goal`, `dependencies`, `estimates`, `schedule`, and the risks of the version before; writes `risks`.

    Whether a person has to decide goes by what is seen in this version alone: the risks of the version before are not
    signed.

    Raises:
        PlanningError: E5801 if the version before was altered.
    """
    context, revision = runtime.context, state.get("revision")
    risks, warnings = await _seen(state, runtime)
    cost = sum(estimate.cost.mean for estimate in state["estimates"].by_task.values())
    reasons = approval_reasons(_new_risks(risks, revision), cost, context.settings)
    reasons += _unknown_cost(state, context, revision)
    known = await _with_decisions(risks, state, context, plan_id_in(state, runtime))
    return {"risks": RiskRegister(risks=by_score(known), approval_reasons=reasons, warnings=warnings)}


async def _seen(state: PlannerState, runtime: Runtime[Context]) -> tuple[list[Risk], list[str]]:
    """The risks that the rules see, with those of the model if it is asked; and what came to nothing."""
    outlook = _outlook(state, runtime, await _proven_tools(runtime.context))
    risks = assess_risks(outlook)
    if not runtime.context.settings.identify_risks:
        return risks, []
    return await _with_models(risks, outlook, runtime.context, run_id_of(runtime))


async def _with_models(
    risks: list[Risk], outlook: Outlook, context: Context, run_id: str
) -> tuple[list[Risk], list[str]]:
    """The risks with those that the model names. Where it cannot be asked, planning goes on without, and says so."""
    model = context.chat_model()
    if model is None:
        return risks, ["no model looked for risks: there is none"]
    limits = context.settings.model.model_copy(update={"max_calls": CALLS})
    asker = Asker(model, context.model_name, context.answers, run_id, Budget(limits))
    try:
        found = await identify(outlook, risks, asker)
    except PlanningError as error:
        if error.code not in _MODEL_TROUBLE:
            raise
        return risks, [f"no model looked for risks: {error}"]
    refused = [f"{found.refused} risk(s) of the model were left out: their texts are refused"] if found.refused else []
    return merged(risks, found.risks), refused


async def _proven_tools(context: Context) -> frozenset[str] | None:
    """The tools that completed a task before; None where nothing is known of the past."""
    learned = await context.learned() if context.learned else None
    return learned.tools if learned else None


def _outlook(state: PlannerState, runtime: Runtime[Context], proven_tools: frozenset[str] | None) -> Outlook:
    context, constraints = runtime.context, state["goal"].constraints
    left = (constraints.deadline - context.clock()).total_seconds() if constraints.deadline else None
    return Outlook(
        plan_id=plan_id_in(state, runtime),
        tasks=state["dependencies"].tasks,
        graph=state["dependencies"].graph,
        estimates=revision_in(state).standing.left(state["estimates"].by_task),
        schedule=state["schedule"],
        constraints=constraints,
        tools=context.tools_by_name,
        agents=context.agents,
        seconds_left=left,
        goal_text=state["goal"].goal_text,
        proven_tools=proven_tools,
    )


async def _with_decisions(risks: list[Risk], state: PlannerState, context: Context, plan_id: str) -> list[Risk]:
    """The risks with what was decided on them in the version that this one revises."""
    revision = state.get("revision")
    if revision is None or revision.revises is None:
        return risks
    before, _ = await verified_plan(context.store, context.keyring, plan_id, revision.revises)
    named = under_known_ids([risk for risk in risks if risk.rule == BY_MODEL], before.risks)
    risks = [*(risk for risk in risks if risk.rule != BY_MODEL), *named]
    return carry_over(risks, before.risks, state["dependencies"].tasks, revision.mitigated, revision.taken_back)


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
