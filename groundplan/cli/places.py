"""Runs of either kind by the beginning of an id, and what is set in a fork: `PATH=JSON`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from groundplan.cli.prefixes import completed

if TYPE_CHECKING:
    from groundplan.service import PlanningService

_LATEST = 1000


async def whole_id_of_any(service: PlanningService, given: str) -> str:
    """The id of the run of a plan, the plan that was run, or the planning run that begins so; `given` itself if there
    is none. Refuses an ambiguous one."""
    executions = await service.list_runs(limit=_LATEST)
    known = [run.run_id for run in executions] + list(dict.fromkeys(run.plan_id for run in executions))
    plannings = [run.run_id for run in await service.context.store.list_runs(limit=_LATEST)]
    return completed(given, [*known, *plannings], "run")


def parsed_changes(given: Sequence[str]) -> dict[str, Any]:
    """The values by path. Raises typer.BadParameter for what is no `PATH=JSON`."""
    return dict(_parsed(text) for text in given)


def _parsed(text: str) -> tuple[str, Any]:
    path, is_there, value = text.partition("=")
    if not is_there or not path.strip():
        raise typer.BadParameter(f"{text!r} is no PATH=JSON")
    try:
        return path.strip(), json.loads(value)
    except ValueError as error:
        raise typer.BadParameter(f"{value!r} is no JSON (texts need quotes: '{path}=\"…\"'): {error}") from error
