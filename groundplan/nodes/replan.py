"""Plan the rest of a plan anew: a patch against its version, made into the next version by the planning graph."""

from langgraph.runtime import Runtime

from groundplan.domain.editing import replanned_outline
from groundplan.domain.errors import PlanningError
from groundplan.domain.execution import ExecutionRun, RunStatus
from groundplan.domain.ledger import fold
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.outline import Origin
from groundplan.domain.patch import PlanPatch
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.replan_standing import standing_of
from groundplan.domain.runs import PlanningRun
from groundplan.domain.standing import Standing
from groundplan.nodes.keep import given_up
from groundplan.run_state import Proposal, RunContext, RunState, Setback, run_id_of
from groundplan.state import Revision
from groundplan.stores.run_protocol import RunChange


async def replan(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Reads `reason` and the ledger. Stores the next version of the plan, or writes `ending` (`failed`, or `kept` if
    nothing has failed and it was but asked for) and `reason`.

    A run that is killed here and resumed asks no model twice (answers are kept by run and prompt), and makes one
    version.
    """
    context, run_id = runtime.context, run_id_of(runtime)
    run = await context.runs.get_run(run_id)
    plan = await context.plans.latest(run.plan_id)
    if plan.version > run.version:  # made before a crash
        return {}
    asked = await context.runs.asked(run_id)
    if asked is not None and asked.request == "cancel":  # what is left to do for a cancelled run, `run` does
        await _executing(run, context)
        return {}
    assert context.replanner is not None  # noqa: S101  # `review` sends nobody here without one
    try:
        setback = await _setback(plan, run, state["reason"], context)
        proposal = await context.replanner.propose(setback, context.planning)
        if proposal is None:
            return await _given_up(f"{state['reason']}, and there is no other way", run, context)
        await next_version(plan, proposal, context, setback.standing, request=run.run_id)
    except PlanningError as error:
        if error.retryable:
            raise
        return await _given_up(f"{state['reason']}, and another way does not hold: {error.message}", run, context)
    return {}


async def _setback(plan: ExecutionPlan, run: ExecutionRun, reason: str, context: RunContext) -> Setback:
    asked = await context.runs.asked(run.run_id)
    versions = await context.planning.store.list_versions(plan.plan_id)
    states = fold(await context.runs.read_ledger(run.run_id))
    return Setback(
        run_id=run.run_id,
        goal=await context.planning.store.get_goal(run.goal_id),
        plan=plan,
        states=states,
        reason=reason,
        history=[version.reason for version in versions[1:]],
        asked=dict(asked.said) if asked and asked.request == "replan" else {},
        standing=standing_of(plan, states, context.planning.clock()),
    )


async def next_version(
    plan: ExecutionPlan,
    proposal: Proposal,
    context: RunContext,
    standing: Standing,
    *,
    request: str,
    asked_by: str = "",
    expects: PlanStatus | None = None,
) -> ExecutionPlan:
    """Make the plan's next version of a proposal, by the planning graph; the same again for the same `request`. What is
    over by its `standing` takes no more time in it.

    Raises:
        PlanningError: E5600, E5301 or E5302 if the patch does not hold, E5803 if somebody made that version before,
            or the plan no longer has the status that is expected.
    """
    planning = context.planning
    goal = await planning.store.get_goal(plan.goal_id)
    origin = Origin(
        strategy="replan",
        model=planning.model_name if proposal.by == "model" else None,
        calls=proposal.calls,
        tokens=proposal.tokens,
        reason=proposal.why,
    )
    outline = replanned_outline(plan, proposal.patch, origin, planning.surroundings(goal, standing))
    version = plan.version + 1
    revision = Revision(
        version=version,
        revises=plan.version,
        reason=f"replanned by {proposal.by}{f', as {asked_by!r} asked' if asked_by else ''}: {proposal.why}",
        plan_id=plan.plan_id,
        touched=touched_by(plan, proposal.patch),
        mitigated=dict(proposal.mitigated),
        taken_back=dict(proposal.taken_back),
        expects=expects,
        standing=standing,
    )
    planning_run = f"{request}/v{version}"
    record = PlanningRun(run_id=planning_run, goal_id=goal.goal_id, mode=planning.mode, created_at=planning.clock())
    await planning.store.receive(goal, record, [])
    return await context.revise(goal, outline, revision, planning_run)


def touched_by(plan: ExecutionPlan, patch: PlanPatch) -> list[str]:
    """The tasks that the patch adds or changes, also in what they wait for: the check before them may be gone. Every
    task of a plan on which nobody has decided yet."""
    if plan.status is PlanStatus.AWAITING_APPROVAL:
        return [task.task_id for task in [*plan.tasks, *patch.add]]
    gone = set(patch.remove)
    bereft = [task.task_id for task in plan.tasks if gone.intersection(task.predecessors)]
    return list(dict.fromkeys([*(task.task_id for task in patch.add), *patch.change, *patch.rewire, *bereft]))


async def _given_up(reason: str, run: ExecutionRun, context: RunContext) -> RunState:
    await _executing(run, context)
    return await given_up(reason, run, context)


async def _executing(run: ExecutionRun, context: RunContext) -> None:
    change = RunChange(
        status=RunStatus.RUNNING,
        now=context.planning.clock(),
        plan=PlanStatus.EXECUTING,
        epoch=context.leases.epoch(run.run_id),
    )
    await context.runs.change_run(run.run_id, change)
