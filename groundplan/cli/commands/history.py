"""`groundplan history`: the latest planning runs, or every checkpoint of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from groundplan.cli.commands.options import AsJson, Limit
from groundplan.cli.output import emit
from groundplan.cli.prefixes import whole_run_id
from groundplan.cli.session import with_service

if TYPE_CHECKING:
    from groundplan.domain.goal import Goal
    from groundplan.domain.runs import PlanningRun
    from groundplan.graph.history import CheckpointView
    from groundplan.service import PlanningService


def history(
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="The run's id, or its beginning.")] = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """List planning runs, or show one step by step.

    Each checkpoint with its node and what it changed. Nothing is done again.
    """
    if run is None:
        _list_runs(limit, as_json=as_json)
    else:
        _show_run(run, as_json=as_json)


def _list_runs(limit: int, *, as_json: bool) -> None:
    async def listed(service: PlanningService) -> list[tuple[PlanningRun, Goal]]:
        runs = await service.context.store.list_runs(limit=limit)
        return [(run, await service.get_goal(run.goal_id)) for run in runs]

    found = with_service(listed)
    from groundplan.cli.render.lists import runs_table

    emit(
        as_json=as_json,
        document=lambda: {
            "runs": [run.model_dump(mode="json") | {"goal_status": goal.status.value} for run, goal in found]
        },
        view=lambda: runs_table(found),
    )


def _show_run(given: str, *, as_json: bool) -> None:
    async def looked_up(service: PlanningService) -> tuple[str, list[CheckpointView]]:
        run_id = await whole_run_id(service, given)
        return run_id, await service.history(run_id)

    run_id, views = with_service(looked_up)
    from groundplan.cli.render.lists import history_table

    emit(
        as_json=as_json,
        document=lambda: {"run_id": run_id, "checkpoints": [view.model_dump(mode="json") for view in views]},
        view=lambda: history_table(run_id, views),
    )
