"""Ids that are given by their beginning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
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
