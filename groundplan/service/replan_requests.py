"""Planning the rest of a plan anew because somebody asks for it, not because something failed."""

from __future__ import annotations

from dataclasses import dataclass

from groundplan.domain.checked_texts import checked, checked_name
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.execution import FINAL_RUNS, ExecutionRun
from groundplan.domain.goal import Breakdown, DecompositionStrategy
from groundplan.domain.ids import new_id
from groundplan.domain.ledger import fold
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.replan_standing import standing_after
from groundplan.nodes.replan import next_version
from groundplan.run_state import RunContext, Setback
from groundplan.stores.run_protocol import Asked

_NOT_RUN = (PlanStatus.VALIDATED, PlanStatus.FAILED)


@dataclass(frozen=True, slots=True)
class ReplanAnswer:
    """What a request came to: the plan's latest version now, and the run that was asked to make the next one.

    `run_id` is None if nobody runs the plan: `plan` is the next version then.
    """

    plan: ExecutionPlan
    run_id: str | None = None


class ReplanRequests:
    """Requests to plan anew, on an open service."""

    def __init__(self, context: RunContext) -> None:
        self._context = context

    async def replan(
        self, plan_id: str, *, by: str, why: str, strategy: str | None, breakdown: str | None
    ) -> ReplanAnswer:
        """See `PlanningService.replan`."""
        asked = _asked(by, why, strategy, breakdown)
        plan = await self._context.plans.latest(plan_id)
        if self._context.replanner is None:
            raise _switched_off(plan_id)
        runs = await self._context.runs.list_runs(plan_id=plan_id)
        own = [run for run in runs if run.forked_from is None]
        run = own[0] if own else None
        if run is not None and run.status not in FINAL_RUNS:
            await self._ask(run, asked)
            return ReplanAnswer(plan, run.run_id)
        if plan.status not in _NOT_RUN:
            raise _not_replannable(plan)
        return ReplanAnswer(await self._next_version(plan, run, asked))

    async def _ask(self, run: ExecutionRun, asked: dict[str, str]) -> None:
        if run.replans_left <= 0:
            raise _replanned_enough(run)
        if not await self._context.runs.ask(run.run_id, Asked("replan", asked)):
            raise _replanned_enough(run)
        await self._context.leases.nudge(run.run_id)

    async def _next_version(
        self, plan: ExecutionPlan, run: ExecutionRun | None, asked: dict[str, str]
    ) -> ExecutionPlan:
        context, request = self._context, f"replan-{new_id()}"
        assert context.replanner is not None  # noqa: S101  # asked for by the caller
        states = fold(await context.runs.read_ledger(run.run_id)) if run else {}
        standing = standing_after(plan, states)
        versions = await context.planning.store.list_versions(plan.plan_id)
        setback = Setback(
            run_id=request,
            goal=await context.planning.store.get_goal(plan.goal_id),
            plan=plan,
            states=states,
            reason=f"{asked['by']} asked: {asked['why'] or 'make it anew'}",
            history=[version.reason for version in versions[1:]],
            asked=asked,
            standing=standing,
        )
        proposal = await context.replanner.propose(setback, context.planning)
        if proposal is None:
            raise _no_other_way(plan)
        by, seen = asked["by"], plan.status
        return await next_version(plan, proposal, context, standing, request=request, asked_by=by, expects=seen)


def _asked(by: str, why: str, strategy: str | None, breakdown: str | None) -> dict[str, str]:
    """The request as a run is told it. Raises E5004 for texts that are refused, E5600 for words that there are not."""
    said = {"by": checked_name(by, "by"), "why": checked(why, "why")}
    try:
        if strategy:
            said["strategy"] = DecompositionStrategy(strategy).value
        if breakdown:
            said["breakdown"] = Breakdown(breakdown).value
    except ValueError as error:
        raise PlanningError(
            ErrorCode.VALIDATION_FAILED,
            f"The plan cannot be made anew like this: {error}",
            details={"errors": [str(error)]},
            recovery_suggestion=f"Strategies: {', '.join(DecompositionStrategy)}. Breakdowns: {', '.join(Breakdown)}.",
        ) from error
    return said | {"notes": said["why"]}


def _switched_off(plan_id: str) -> PlanningError:
    return PlanningError(
        ErrorCode.NO_DECOMPOSER,
        f"Plan {plan_id!r} cannot be planned anew: replanning is switched off",
        details={"plan_id": plan_id},
        recovery_suggestion="Open the service with a replanner.",
    )


def _no_other_way(plan: ExecutionPlan) -> PlanningError:
    return PlanningError(
        ErrorCode.NO_DECOMPOSER,
        f"There is no other way for plan {plan.plan_id!r} by rules, and no model has one",
        details={"plan_id": plan.plan_id, "version": plan.version},
        recovery_suggestion="Set GROUNDPLAN_MODEL, such as ollama:qwen2.5-coder:1.5b, or plan the goal again.",
    )


def _not_replannable(plan: ExecutionPlan) -> PlanningError:
    return PlanningError(
        ErrorCode.ILLEGAL_TRANSITION,
        f"Plan {plan.plan_id!r} is {plan.status.value} and cannot be planned anew",
        details={"plan_id": plan.plan_id, "current": plan.status.value, "target": PlanStatus.REPLANNING.value},
        recovery_suggestion="Decide on a plan that waits for approval, or plan the goal again.",
    )


def _replanned_enough(run: ExecutionRun) -> PlanningError:
    return PlanningError(
        ErrorCode.ILLEGAL_TRANSITION,
        f"Run {run.run_id!r} was replanned as often as it may be, or is over",
        details={"run_id": run.run_id, "current": run.status.value, "target": PlanStatus.REPLANNING.value},
        recovery_suggestion="Raise GROUNDPLAN_MAX_REPLANS for the next run, or cancel this one.",
    )
