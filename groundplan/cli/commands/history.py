"""`groundplan history`: the latest planning runs, or every checkpoint and ledger line of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from groundplan.cli.commands.options import AsJson, Limit
from groundplan.cli.output import emit
from groundplan.cli.places import whole_id_of_any
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
    """List planning runs, or show a run step by step.

    Each checkpoint with its node and what it changed, and each line of the ledger. Nothing is done again.
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
    async def looked_up(service: PlanningService) -> _History:
        run_id = await whole_id_of_any(service, given)
        view = await service.view(run_id)
        return _History(str(view.run["run_id"]), await service.history(run_id), view.ledger)

    found = with_service(looked_up)
    from groundplan.cli.render.history_views import ledger_table
    from groundplan.cli.render.lists import history_table
    from groundplan.cli.render.tables import group

    emit(
        as_json=as_json,
        document=found.document,
        view=lambda: group(
            history_table(found.run_id, found.checkpoints), ledger_table(found.ledger) if found.ledger else None
        ),
    )


class _History(NamedTuple):
    run_id: str
    checkpoints: list[CheckpointView]
    ledger: Sequence[Mapping[str, Any]]

    def document(self) -> dict[str, Any]:
        checkpoints = [view.model_dump(mode="json") for view in self.checkpoints]
        ledger = {"ledger": list(self.ledger)} if self.ledger else {}
        return {"run_id": self.run_id, "checkpoints": checkpoints} | ledger
