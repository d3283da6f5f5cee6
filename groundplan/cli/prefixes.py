"""Ids that are given by their beginning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from groundplan.domain.execution import ExecutionRun
    from groundplan.service import PlanningService

_LATEST = 1000
"""Among so many of the latest a beginning is looked for; a whole id is found whatever its age."""

_SHOWN = 5


async def whole_plan_id(service: PlanningService, given: str) -> str:
    """The id of the one plan that begins so; `given` itself if there is none. Refuses an ambiguous one."""
    rows = await service.list_plans(limit=_LATEST)
    return completed(given, [row["plan_id"] for row in rows], "plan")


async def whole_run_id(service: PlanningService, given: str) -> str:
    """As `whole_plan_id`, for planning runs."""
    runs = await service.context.store.list_runs(limit=_LATEST)
    return completed(given, [run.run_id for run in runs], "run")


async def whole_execution(service: PlanningService, given: str) -> ExecutionRun:
    """The run that is given by its id, its plan's id, or the beginning of one. Refuses an ambiguous one.

    Raises:
        PlanningError: E5003 if there is no such run.
    """
    runs = await service.list_runs(limit=_LATEST)
    by_run = completed(given, [run.run_id for run in runs], "run")
    for run in runs:  # the latest first, which is the one that counts for a plan
        if run.run_id == by_run:
            return run
    by_plan = completed(given, list(dict.fromkeys(run.plan_id for run in runs)), "plan")
    for run in runs:
        if run.plan_id == by_plan:
            return run
    return await service.get_run(given)


def completed(given: str, known: Sequence[str], what: str) -> str:
    """The one of the known ids that is `given` or begins with it; `given` itself if none does.

    Raises:
        typer.BadParameter: if several begin so.
    """
    if given in known:
        return given
    found = [an_id for an_id in known if an_id.startswith(given)]
    if len(found) > 1:
        shown = ", ".join(found[:_SHOWN]) + (", …" if len(found) > _SHOWN else "")
        raise typer.BadParameter(f"{len(found)} {what}s begin with {given!r}: {shown}")
    return found[0] if found else given
