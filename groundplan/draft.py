"""The plan as far as it has come: what `validate` looks at and `commit` stores."""

from langgraph.runtime import Runtime

from groundplan.domain.assembly import assemble
from groundplan.domain.plan import ExecutionPlan
from groundplan.state import Context, Estimates, PlannerState, Revision, RiskRegister, plan_id_in, run_id_of

_FIRST = Revision()
_NO_RISKS = RiskRegister()


def revision_in(state: PlannerState) -> Revision:
    """Which version is being made; the first unless an edit or a replan says otherwise."""
    return state.get("revision") or _FIRST


def draft_plan(state: PlannerState, runtime: Runtime[Context]) -> ExecutionPlan:
    """Everything that the nodes have written so far, as one unsigned plan."""
    work, revision = state["dependencies"], revision_in(state)
    findings, register = state.get("findings"), state.get("risks", _NO_RISKS)
    estimates = {} if work.problems else state.get("estimates", Estimates(by_task={})).by_task
    return assemble(
        plan_id=plan_id_in(state, runtime),
        run_id=run_id_of(runtime),
        goal=state["goal"],
        outline=state["outline"],
        tasks=work.tasks,
        graph=work.graph,
        estimates=estimates,
        schedule=None if work.problems else state.get("schedule"),
        risks=register.risks,
        now=runtime.context.clock(),
        version=revision.version,
        revises=revision.revises,
        repairs=state.get("repairs", []),
        warnings=[*register.warnings, *(str(finding) for finding in (findings.warnings if findings else ()))],
    )
