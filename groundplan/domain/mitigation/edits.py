"""The edit of a plan that a mitigation stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.ledger import TaskState
from groundplan.domain.mitigation.buffers import add_buffers
from groundplan.domain.mitigation.draft import Draft
from groundplan.domain.mitigation.fallbacks import add_fallbacks
from groundplan.domain.mitigation.kinds import AppliedMitigation, MitigationKind
from groundplan.domain.mitigation.people import add_approvals, add_checks
from groundplan.domain.mitigation.retries import add_retries
from groundplan.domain.patch import PlanPatch
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.replanning import check_patch
from groundplan.domain.risk import Risk
from groundplan.domain.validation import Surroundings

_EDITS: Mapping[MitigationKind, Callable[[Draft, Risk], None]] = {
    MitigationKind.ADD_CHECK: add_checks,
    MitigationKind.ADD_RETRY: add_retries,
    MitigationKind.ADD_FALLBACK: add_fallbacks,
    MitigationKind.ADD_BUFFER: add_buffers,
    MitigationKind.ADD_APPROVAL: add_approvals,
}


@dataclass(frozen=True, slots=True)
class Edit:
    """A mitigation as a patch against the plan, and the tasks that it adds and changes."""

    kind: MitigationKind
    patch: PlanPatch

    @property
    def why(self) -> str:
        """What it does, in words."""
        said = [("adds", [task.task_id for task in self.patch.add]), ("changes", [*self._touched])]
        return f"{self.kind.value} " + " and ".join(f"{verb} {', '.join(ids)}" for verb, ids in said if ids)

    @property
    def _touched(self) -> list[str]:
        return list(dict.fromkeys([*self.patch.change, *self.patch.rewire]))

    def applied(self, *, by: str, why: str, version: int) -> AppliedMitigation:
        """The record of it, once it has made this version of the plan."""
        return AppliedMitigation(
            kind=self.kind,
            added=[task.task_id for task in self.patch.add],
            changed=self._touched,
            by=by,
            why=why,
            version=version,
        )


def find_risk(plan: ExecutionPlan, risk_id: str) -> Risk:
    """The risk of this id. Raises PlanningError E5208 if the plan has none."""
    for risk in plan.risks:
        if risk.risk_id == risk_id:
            return risk
    raise PlanningError(
        ErrorCode.NOT_IN_PLAN,
        f"Plan {plan.plan_id!r} has no risk {risk_id!r}",
        details={"plan_id": plan.plan_id, "kind": "risk", "id": risk_id},
        recovery_suggestion=f"Look at the plan's risks with `groundplan risks {plan.plan_id}`.",
    )


def mitigation_of(
    plan: ExecutionPlan,
    risk: Risk,
    kind: MitigationKind | str | None = None,
    states: Mapping[str, TaskState] | None = None,
    around: Surroundings | None = None,
) -> Edit:
    """The edit by which the plan meets the risk: of this kind, or the first of the risk's own kinds that is possible.

    Tasks that were begun, are over, or failed with a possible effect stay as they are.

    Raises:
        PlanningError: E5203 if the risk is over, or was met in this way already; E5600 if the kind is none, or nothing
            of the kind can be done about the risk.
    """
    if risk.status.is_over:
        raise _over(risk)
    done = {one.kind for one in risk.applied}
    wanted = [_kind(kind, risk)] if kind else [one for one in risk.edits if one not in done]
    if kind and wanted[0] in done:
        raise _done_already(risk, wanted[0])
    for one in wanted:
        draft = Draft(plan, states or {}, around or Surroundings())
        _EDITS[one](draft, risk)
        if not draft.patch.is_empty:
            check_patch(plan, draft.patch, draft.states)
            return Edit(one, draft.patch)
    raise _nothing_to_edit(risk, [one.value for one in wanted])


def possible_edits(
    plan: ExecutionPlan, risk: Risk, states: Mapping[str, TaskState] | None = None, around: Surroundings | None = None
) -> list[Edit]:
    """Every edit by which the plan could meet the risk, the preferred one first."""
    found = []
    for kind in risk.edits:
        try:
            found.append(mitigation_of(plan, risk, kind, states, around))
        except PlanningError as error:
            if error.code not in (ErrorCode.VALIDATION_FAILED, ErrorCode.ILLEGAL_TRANSITION):
                raise
    return found


def _kind(given: MitigationKind | str, risk: Risk) -> MitigationKind:
    kinds = [kind.value for kind in _EDITS]
    if str(given) not in kinds:
        raise PlanningError(
            ErrorCode.VALIDATION_FAILED,
            f"There is no mitigation {str(given)!r}",
            details={"errors": [f"kind: {str(given)!r} is none of {', '.join(kinds)}"], "risk_id": risk.risk_id},
            recovery_suggestion=f"Kinds: {', '.join(kinds)}.",
        )
    return MitigationKind(given)


def _over(risk: Risk) -> PlanningError:
    return PlanningError(
        ErrorCode.ILLEGAL_TRANSITION,
        f"Risk {risk.risk_id!r} is {risk.status.value}: there is nothing left to mitigate",
        details={"risk_id": risk.risk_id, "current": risk.status.value},
        recovery_suggestion="Plan the rest anew with `groundplan replan`.",
    )


def _done_already(risk: Risk, kind: MitigationKind) -> PlanningError:
    return PlanningError(
        ErrorCode.ILLEGAL_TRANSITION,
        f"Risk {risk.risk_id!r} was mitigated by {kind.value} already",
        details={"risk_id": risk.risk_id, "current": risk.status.value, "applied": [one.kind for one in risk.applied]},
        recovery_suggestion="Choose another kind, or accept what is left of the risk.",
    )


def _nothing_to_edit(risk: Risk, tried: list[str]) -> PlanningError:
    what = ", ".join(tried) or "an edit of the plan"
    return PlanningError(
        ErrorCode.VALIDATION_FAILED,
        f"Risk {risk.risk_id!r} cannot be mitigated by {what}",
        details={"errors": [f"{one}: changes nothing" for one in tried] or ["no edit is known"], "tried": tried},
        recovery_suggestion="Choose another kind, follow the advice, or accept the risk.",
    )
