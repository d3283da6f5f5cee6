"""Meeting the risks of a plan by the next version of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.domain.checked_texts import checked, checked_name
from groundplan.domain.diff import PlanDiff, diff_plans
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.execution import FINAL_RUNS, ExecutionRun
from groundplan.domain.ids import new_id
from groundplan.domain.ledger import TaskState, fold
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.mitigation.edits import Edit, find_risk, mitigation_of, possible_edits
from groundplan.domain.mitigation.kinds import AppliedMitigation, MitigationKind
from groundplan.domain.patch import PlanPatch, apply_patch
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.replan_standing import standing_after
from groundplan.domain.replanning import check_patch, failed_tasks, patch_between
from groundplan.domain.risk import Risk
from groundplan.domain.validation import Surroundings
from groundplan.nodes.replan import next_version, touched_by
from groundplan.run_state import Proposal, Replanner, RunContext, Setback
from groundplan.service.replan_requests import ReplanAnswer
from groundplan.state import Context
from groundplan.stores.conflicts import stale_version
from groundplan.stores.run_protocol import HOLDS, Asked

_RISK, _KIND = "risk_id", "kind"
_NOT_RUN = (PlanStatus.VALIDATED, PlanStatus.AWAITING_APPROVAL, PlanStatus.FAILED)


@dataclass(frozen=True, slots=True)
class MitigationPreview:
    """What a mitigation would change: the plan as it is, the edit, and the difference that it makes."""

    plan: ExecutionPlan
    risk: Risk
    edit: Edit
    diff: PlanDiff


class Mitigations:
    """Mitigations of risks, on an open service."""

    def __init__(self, context: RunContext) -> None:
        self._context = context

    async def preview(self, plan_id: str, risk_id: str, kind: MitigationKind | str | None) -> MitigationPreview:
        """See `PlanningService.preview_mitigation`."""
        plan, _, states = await self._known(plan_id)
        risk = find_risk(plan, risk_id)
        edit = mitigation_of(plan, risk, kind, states, await self._around(plan))
        after = plan.model_copy(update={"tasks": apply_patch(plan.tasks, edit.patch)})
        return MitigationPreview(plan, risk, edit, diff_plans(plan, after))

    async def possible(self, plan_id: str, risk_id: str) -> list[MitigationKind]:
        """See `PlanningService.possible_mitigations`."""
        plan, _, states = await self._known(plan_id)
        edits = possible_edits(plan, find_risk(plan, risk_id), states, await self._around(plan))
        return [edit.kind for edit in edits]

    async def mitigate(
        self,
        plan_id: str,
        risk_id: str,
        kind: MitigationKind | str | None,
        *,
        by: str,
        why: str,
        version: int | None = None,
    ) -> ReplanAnswer:
        """See `PlanningService.mitigate`."""
        said = {"by": checked_name(by, "by"), "why": checked(why, "why")}
        plan, run, states = await self._known(plan_id, version)
        edit = mitigation_of(plan, find_risk(plan, risk_id), kind, states, await self._around(plan))
        if run is not None and run.status not in FINAL_RUNS:
            if plan.status is PlanStatus.AWAITING_APPROVAL:
                raise _undecided(plan)
            about = {_RISK: risk_id, _KIND: edit.kind.value, HOLDS: [*touched_by(plan, edit.patch), *edit.patch.remove]}
            await self._ask(run, said | about | {"notes": said["why"]})
            return ReplanAnswer(plan, run.run_id)
        if plan.status not in _NOT_RUN:
            raise _too_late(plan)
        proposal = _proposal(plan, risk_id, edit, said)
        return ReplanAnswer(await self._next_version(plan, proposal, states, by=said["by"]))

    async def preview_undo(self, plan_id: str, risk_id: str) -> MitigationPreview:
        """See `PlanningService.preview_undo`."""
        plan, run, states = await self._known(plan_id)
        applied, patch = await self._undone(plan, run, states, risk_id)
        after = plan.model_copy(update={"tasks": apply_patch(plan.tasks, patch)})
        return MitigationPreview(plan, find_risk(plan, risk_id), Edit(applied.kind, patch), diff_plans(plan, after))

    async def undo(self, plan_id: str, risk_id: str, *, by: str, why: str, version: int | None = None) -> ExecutionPlan:
        """See `PlanningService.undo_mitigation`."""
        said = {"by": checked_name(by, "by"), "why": checked(why, "why")}
        plan, run, states = await self._known(plan_id, version)
        applied, patch = await self._undone(plan, run, states, risk_id)
        why = f"to take back {applied.kind.value} of risk {risk_id!r}" + (f" ({said['why']})" if said["why"] else "")
        proposal = Proposal(patch=patch, why=why, by="rules", taken_back={risk_id: applied})
        return await self._next_version(plan, proposal, states, by=said["by"])

    async def _undone(
        self, plan: ExecutionPlan, run: ExecutionRun | None, states: Mapping[str, TaskState], risk_id: str
    ) -> tuple[AppliedMitigation, PlanPatch]:
        """What the latest version was made for, and the patch that takes it back. The register is not signed: what it
        says was added has to be what the versions differ by."""
        applied = [one for one in find_risk(plan, risk_id).applied if one.version == plan.version]
        is_run = (run is not None and run.status not in FINAL_RUNS) or plan.status not in _NOT_RUN
        if not applied or is_run or plan.version == 1:
            raise _cannot_undo(plan, risk_id)
        before = await self._context.plans.version(plan.plan_id, plan.version - 1)
        patch = patch_between(plan.tasks, before.tasks)
        if patch.add or set(patch.remove) != set(applied[0].added):
            raise _cannot_undo(plan, risk_id)
        check_patch(plan, patch, states)
        return applied[0], patch

    async def _next_version(
        self, plan: ExecutionPlan, proposal: Proposal, states: Mapping[str, TaskState], *, by: str
    ) -> ExecutionPlan:
        """The next version, unless the plan has begun to run meanwhile: its run would go on without it."""
        request, standing, seen = f"mitigate-{new_id()}", standing_after(plan, states), plan.status
        return await next_version(plan, proposal, self._context, standing, request=request, asked_by=by, expects=seen)

    async def _ask(self, run: ExecutionRun, said: Mapping[str, object]) -> None:
        wanted = self._context.replanner is not None and run.replans_left > 0
        if not wanted or not await self._context.runs.ask(run.run_id, Asked("replan", said)):
            raise _no_more_versions(run)
        await self._context.leases.nudge(run.run_id)

    async def _known(
        self, plan_id: str, version: int | None = None
    ) -> tuple[ExecutionPlan, ExecutionRun | None, dict[str, TaskState]]:
        """The plan (E5803 if its latest version is not this one), its latest run, and what that made of the tasks."""
        plan = await self._context.plans.latest(plan_id)
        if version not in (None, plan.version):
            raise stale_version(plan_id, (version or 0) + 1, plan.version)
        runs = await self._context.runs.list_runs(plan_id=plan_id, live=True, limit=1)
        states = fold(await self._context.runs.read_ledger(runs[0].run_id)) if runs else {}
        return plan, runs[0] if runs else None, states

    async def _around(self, plan: ExecutionPlan) -> Surroundings:
        planning = self._context.planning
        return planning.surroundings(await planning.store.get_goal(plan.goal_id))


class MeetsRisks:
    """A replanner that makes the mitigation that its run was asked for, and leaves everything else to another one.

    What failed goes first: then the other one is asked, and the wish is gone.
    """

    def __init__(self, other: Replanner) -> None:
        self._other = other

    async def propose(self, setback: Setback, context: Context) -> Proposal | None:
        """See `Replanner.propose`. Raises PlanningError E5203, E5208 or E5600 if there is nothing to mitigate now."""
        asked: Mapping[str, Any] = setback.asked
        if _RISK not in asked or failed_tasks(setback.plan, setback.states):
            return await self._other.propose(setback, context)
        plan, around = setback.plan, context.surroundings(setback.goal)
        risk = find_risk(plan, str(asked[_RISK]))
        edit = mitigation_of(plan, risk, str(asked[_KIND]), setback.states, around)
        return _proposal(plan, risk.risk_id, edit, {"by": str(asked.get("by", "")), "why": str(asked.get("why", ""))})


def _proposal(plan: ExecutionPlan, risk_id: str, edit: Edit, said: Mapping[str, str]) -> Proposal:
    applied = edit.applied(by=said["by"], why=said["why"], version=plan.version + 1)
    why = f"to meet risk {risk_id!r}, {edit.why}" + (f" ({said['why']})" if said["why"] else "")
    return Proposal(patch=edit.patch, why=why, by="rules", mitigated={risk_id: applied})


def _undecided(plan: ExecutionPlan) -> PlanningError:
    return PlanningError(
        ErrorCode.APPROVAL_CONFLICT,
        f"Version {plan.version} of plan {plan.plan_id!r} waits for a decision, and its run with it",
        details={"plan_id": plan.plan_id, "version": plan.version},
        recovery_suggestion="Approve or reject it first; an approval can change the plan as well (--edit).",
    )


def _too_late(plan: ExecutionPlan) -> PlanningError:
    return PlanningError(
        ErrorCode.ILLEGAL_TRANSITION,
        f"Plan {plan.plan_id!r} is {plan.status.value}: its risks can no longer be mitigated",
        details={"plan_id": plan.plan_id, "current": plan.status.value},
        recovery_suggestion="Plan the goal again.",
    )


def _no_more_versions(run: ExecutionRun) -> PlanningError:
    return PlanningError(
        ErrorCode.ILLEGAL_TRANSITION,
        f"Run {run.run_id!r} makes no further version of its plan: it is over, was replanned as often as it may be, or "
        "replanning is switched off",
        details={"run_id": run.run_id, "current": run.status.value, "target": PlanStatus.REPLANNING.value},
        recovery_suggestion="Raise GROUNDPLAN_MAX_REPLANS for the next run, or let this one end first.",
    )


def _cannot_undo(plan: ExecutionPlan, risk_id: str) -> PlanningError:
    return PlanningError(
        ErrorCode.ILLEGAL_TRANSITION,
        f"Version {plan.version} of plan {plan.plan_id!r} was not made to meet risk {risk_id!r}, or was run",
        details={"plan_id": plan.plan_id, "version": plan.version, "risk_id": risk_id, "current": plan.status.value},
        recovery_suggestion="Only what the latest version was made for is taken back, before it is run; else replan.",
    )
