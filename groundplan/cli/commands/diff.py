"""`groundplan diff`: what differs between two places of a run, or two versions of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundplan.cli.commands.options import AsJson
from groundplan.cli.output import emit
from groundplan.cli.places import whole_id_of_any
from groundplan.cli.prefixes import whole_plan_id
from groundplan.cli.session import with_service

if TYPE_CHECKING:
    from groundplan.domain.diff import PlanDiff
    from groundplan.domain.json_changes import Change
    from groundplan.service import PlanningService

_Which = Annotated[str, typer.Argument(metavar="ID", help="A run's id, or a plan's.", show_default=False)]
_Before = Annotated[str | None, typer.Argument(metavar="[BEFORE]", help="A checkpoint or a ledger line's number.")]
_After = Annotated[str | None, typer.Argument(metavar="[AFTER]", help="Another one.")]
_Versions = Annotated[
    tuple[int, int] | None, typer.Option("--versions", metavar="OLD NEW", help="Two versions of the plan ID.")
]


def diff(
    which: _Which, before: _Before = None, after: _After = None, versions: _Versions = None, as_json: AsJson = False
) -> None:
    """Compare two checkpoints or two ledger lines of a run, or two versions of a plan."""
    places = before is not None and after is not None
    if places == (versions is not None) or (before is None) != (after is None):
        raise typer.BadParameter("give two places of a run, or --versions OLD NEW")
    if versions is not None:
        _diff_versions(which, versions, as_json=as_json)
    else:
        _diff_places(which, before or "", after or "", as_json=as_json)


def _diff_places(which: str, before: str, after: str, *, as_json: bool) -> None:
    async def compared(service: PlanningService) -> list[Change]:
        return await service.diff(await whole_id_of_any(service, which), before, after)

    found = with_service(compared)
    from groundplan.cli.render.history_views import changes_table

    emit(
        as_json=as_json,
        document=lambda: {"changes": [change.model_dump(mode="json") for change in found]},
        view=lambda: changes_table(found),
    )


def _diff_versions(which: str, versions: tuple[int, int], *, as_json: bool) -> None:
    async def compared(service: PlanningService) -> PlanDiff:
        return await service.diff_versions(await whole_plan_id(service, which), *versions)

    found = with_service(compared)
    from groundplan.cli.render.history_views import plan_diff_table

    def document() -> dict[str, Any]:
        return {"versions": list(versions), **found.model_dump(mode="json")}

    emit(as_json=as_json, document=document, view=lambda: plan_diff_table(found))
