"""A run that is repeated, as `rerun` and `fork` show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from groundplan.cli.exit_codes import ExitCode
from groundplan.cli.output import emit
from groundplan.cli.places import whole_id_of_any
from groundplan.cli.session import with_service

if TYPE_CHECKING:
    from groundplan.service import PlanningService
    from groundplan.service.past_runs import Repeated


def repeat(
    run: str, start: str | None, changes: Mapping[str, Any], release: Sequence[str], app: str | None, *, as_json: bool
) -> None:
    """Repeat the run, print what came of it, and end with the exit code that says it."""

    async def repeated(service: PlanningService) -> Repeated:
        return await service.fork(await whole_id_of_any(service, run), start, changes, release=release)

    done = with_service(repeated, app=app)
    from groundplan.cli.render.history_views import repeated_view

    emit(as_json=as_json, document=lambda: _document(done), view=lambda: repeated_view(done))
    if done.result is not None and done.result.status.value != "completed":
        is_over = done.result.status.value in ("failed", "cancelled")
        raise typer.Exit(ExitCode.PLAN_FAILED if is_over else ExitCode.WAITS)


def _document(done: Repeated) -> dict[str, Any]:
    return {
        "run_id": done.run_id,
        "forked_from": done.forked_from,
        "plan": done.plan.model_dump(mode="json") if done.plan is not None else None,
        "result": done.result.model_dump(mode="json") if done.result is not None else None,
    }
