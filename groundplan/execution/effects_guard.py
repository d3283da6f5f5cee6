"""That nobody goes on with a rerun as if its effects were to be had."""

from __future__ import annotations

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.execution import ExecutionRun
from groundplan.execution.work import Work


def check_effects(run: ExecutionRun, work: Work) -> None:
    """Pass if the surroundings are meant for this run: live ones for a live run, recorded ones for a rerun.

    Raises:
        PlanningError: E5203 if not.
    """
    if run.effects is not work.effects:
        raise PlanningError(
            ErrorCode.ILLEGAL_TRANSITION,
            f"Run {run.run_id!r} has {run.effects.value} effects and cannot go on with {work.effects.value} ones",
            details={"run_id": run.run_id, "current": run.effects.value, "target": work.effects.value},
            recovery_suggestion=f"Go on with it by `groundplan resume {run.run_id}`.",
        )
