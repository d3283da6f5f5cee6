"""The part of `PlanningService` that deals with risks: alerts, mitigations, acceptance, reassessment."""

from __future__ import annotations

from abc import ABC, abstractmethod

from groundplan.domain.checked_texts import checked, checked_name
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.execution import ExecutionRun
from groundplan.domain.ledger import fold
from groundplan.domain.mitigation.edits import find_risk
from groundplan.domain.mitigation.kinds import MitigationKind, RiskDecision
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.progress import PlanProgress
from groundplan.domain.reassessment import reassess
from groundplan.domain.risk import Risk, RiskStatus
from groundplan.domain.risk_alerts import RiskAlert, is_alert, ranked
from groundplan.domain.risk_writers import by_people
from groundplan.execution.risk_register import RiskRegister, keep_risks
from groundplan.service.execution import Execution
from groundplan.service.mitigating import MitigationPreview, Mitigations
from groundplan.service.replan_requests import ReplanAnswer


class MeetsRisksOfPlans(ABC):
    """What can go wrong with plans, and what is done about it."""

    @property
    @abstractmethod
    def _execution(self) -> Execution: ...

    @abstractmethod
    async def get_plan(self, plan_id: str, version: int | None = None) -> ExecutionPlan: ...

    @abstractmethod
    async def get_progress(self, plan_id: str) -> PlanProgress: ...

    @abstractmethod
    async def _watched(self, plan_id: str) -> tuple[ExecutionPlan, ExecutionRun | None]: ...

    async def risks(self, plan_id: str, *, alerts: bool = False) -> list[Risk]:
        """The plan's risks as they stand, the gravest first, what is over last; with `alerts` those over the threshold.

        Raises:
            PlanningError: E5002, E5801.
        """
        plan = await self.get_plan(plan_id)
        return ranked(risk for risk in plan.risks if not alerts or self._is_alert(risk))

    async def risk_alerts(self, limit: int = 100) -> list[RiskAlert]:
        """The risks over the threshold (`risk_threshold_probability`, `risk_threshold_impact`) of plans that wait, are
        to be run or are being run, the gravest first. A risk that somebody accepted is none of them."""
        planning = self._execution.context.planning
        least = planning.settings.risk_threshold_probability, planning.settings.risk_threshold_impact
        return await planning.store.list_alerts(probability=least[0], impact=least[1], limit=limit)

    async def possible_mitigations(self, plan_id: str, risk_id: str) -> list[MitigationKind]:
        """The kinds of edits by which the risk can be met now, the preferred one first. Raises E5002, E5208."""
        return await self._mitigations.possible(plan_id, risk_id)

    async def preview_mitigation(
        self, plan_id: str, risk_id: str, kind: MitigationKind | str | None = None
    ) -> MitigationPreview:
        """What `mitigate` would change, without changing it. Raises as `mitigate`."""
        return await self._mitigations.preview(plan_id, risk_id, kind)

    async def mitigate(
        self,
        plan_id: str,
        risk_id: str,
        kind: MitigationKind | str | None = None,
        *,
        by: str,
        why: str = "",
        version: int | None = None,
    ) -> ReplanAnswer:
        """Meet a risk by an edit of the plan, which makes its next version; the risk is `mitigated` then, and less
        likely. The runner of a plan that is being run is asked to make it.

        The next version is scheduled, assessed and validated like any, and waits for approval if it adds or changes
        what a person has to decide on, or if nobody has decided on the version before. The same kind is applied
        to a risk once.

        Args:
            kind: the first of the risk's own kinds that is possible, by default.
            version: the version that was looked at; another one by now is refused (E5803).

        Raises:
            PlanningError: E5002 for no such plan, E5208 for no such risk; E5203 if the risk or the plan is over, or the
                risk was met in this way already; E5600 if nothing of the kind can be done about it, or the version
                would not hold; E5202 if its run waits for a decision; E5803 if the plan moved on meanwhile, as by a run
                that began; E5004 for a text that is refused.
        """
        return await self._mitigations.mitigate(plan_id, risk_id, kind, by=by, why=why, version=version)

    async def preview_undo(self, plan_id: str, risk_id: str) -> MitigationPreview:
        """What `undo_mitigation` would change, without changing it. Raises as that."""
        return await self._mitigations.preview_undo(plan_id, risk_id)

    async def undo_mitigation(
        self, plan_id: str, risk_id: str, *, by: str, why: str = "", version: int | None = None
    ) -> ExecutionPlan:
        """Take back the mitigation that the plan's latest version was made for: the next version is as the one before
        it, and the risk as likely as it was.

        Raises:
            PlanningError: E5002, E5208; E5803 if the latest version is not `version`; E5203 if it was made for
                something else, is being run, or is over; E5204 if what was added has been done, E5004 for a text that
                is refused.
        """
        return await self._mitigations.undo(plan_id, risk_id, by=by, why=why, version=version)

    async def accept_risk(self, plan_id: str, risk_id: str, *, by: str, why: str = "") -> Risk:
        """Say that somebody lives with a risk: it alerts no more. It approves nothing, and lasts as long as the same
        risk is seen in later versions.

        Raises:
            PlanningError: E5002, E5208 if there is no such risk, E5203 if it is over, E5004 for a text that is refused.
        """
        context = self._execution.context.planning
        decision = RiskDecision(by=checked_name(by, "by"), why=checked(why, "why"), at=context.clock())
        plan = await self.get_plan(plan_id)
        risk = find_risk(plan, risk_id)
        if risk.status.is_over:
            raise _is_over(risk)
        accepted = risk.model_copy(update={"status": RiskStatus.ACCEPTED, "accepted": decision})
        while True:
            await context.store.change_risks(plan_id, plan.version, [accepted], merge=by_people)
            kept = find_risk(await self.get_plan(plan_id, plan.version), risk_id)
            if kept.status.is_over:
                raise _is_over(kept)
            seen, plan = plan.version, await self.get_plan(plan_id)
            if plan.version == seen or all(one.risk_id != risk_id for one in plan.risks):
                return kept  # else a version was made meanwhile, of risks that were read before

    async def reassess_risks(self, plan_id: str, *, spi: float | None = None, cpi: float | None = None) -> list[Risk]:
        """Look at the plan's risks in the light of its run, as whoever watches it does: those that changed, which are
        kept and told by events.

        Args:
            spi: schedule performance index; as `get_progress` has it, by default.
            cpi: cost performance index, the same.

        Raises:
            PlanningError: E5002, E5801; E5600 for an index that is negative or no number.
        """
        for name, index in (("spi", spi), ("cpi", cpi)):
            if index is not None and not 0 <= index < float("inf"):
                raise _no_index(name, index)
        context = self._execution.context
        watched, run = await self._watched(plan_id)
        plan = await RiskRegister(context.planning.store, context.planning.settings).current(watched)
        begun = plan.model_copy(update={"execution_started_at": plan.execution_started_at or (run and run.created_at)})
        states = fold(await context.runs.read_ledger(run.run_id)) if run else {}
        progress, now = await self.get_progress(plan_id), context.planning.clock()
        indices = {"spi": progress.spi if spi is None else spi, "cpi": progress.cpi if cpi is None else cpi}
        changed = reassess(begun, states, now, **indices)
        run_id = run.run_id if run else ""
        await keep_risks(context.planning.store, begun, changed, now, context.planning.settings, run_id=run_id)
        return changed

    def _is_alert(self, risk: Risk) -> bool:
        settings = self._execution.context.planning.settings
        return is_alert(risk, settings.risk_threshold_probability, settings.risk_threshold_impact)

    @property
    def _mitigations(self) -> Mitigations:
        return Mitigations(self._execution.context)


def _is_over(risk: Risk) -> PlanningError:
    return PlanningError(
        ErrorCode.ILLEGAL_TRANSITION,
        f"Risk {risk.risk_id!r} is {risk.status.value} and cannot be accepted",
        details={"risk_id": risk.risk_id, "current": risk.status.value, "target": RiskStatus.ACCEPTED.value},
        recovery_suggestion="Only risks that may still occur can be accepted.",
    )


def _no_index(name: str, given: float) -> PlanningError:
    return PlanningError(
        ErrorCode.VALIDATION_FAILED,
        f"{given} is no {name.upper()}",
        details={"errors": [f"{name}: {given} is not 0 or more"]},
        recovery_suggestion="Leave it out: it is worked out from the run then.",
    )
