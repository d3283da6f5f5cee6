"""`groundplan show`: one plan, as it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from groundplan.cli.commands.options import AsJson, PlanId
from groundplan.cli.output import emit
from groundplan.cli.prefixes import whole_plan_id
from groundplan.cli.session import with_service
from groundplan.cli.stored import Stored, view_of, with_approval

if TYPE_CHECKING:
    from rich.console import RenderableType

    from groundplan.service import PlanningService


def show(
    plan_id: PlanId,
    version: Annotated[int | None, typer.Option("--version", metavar="N", min=1, help="An older version.")] = None,
    as_mermaid: Annotated[bool, typer.Option("--mermaid", help="As a Mermaid flow chart.")] = False,
    as_tree: Annotated[bool, typer.Option("--tree", help="As a tree: what leads to what.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a plan, its signature checked."""
    if as_mermaid + as_tree + as_json > 1:
        raise typer.BadParameter("choose one of --mermaid, --tree and --json")

    async def fetched(service: PlanningService) -> Stored:
        return await with_approval(service, await service.get_plan(await whole_plan_id(service, plan_id), version))

    stored = with_service(fetched)
    emit(
        as_json=as_json,
        document=lambda: stored.plan.model_dump(mode="json"),
        view=lambda: _view(stored, as_mermaid=as_mermaid, as_tree=as_tree),
    )


def _view(stored: Stored, *, as_mermaid: bool, as_tree: bool) -> RenderableType | str:
    if as_mermaid:
        from groundplan.domain.drawing import mermaid

        return mermaid(stored.plan) + "\n"
    if as_tree:
        from groundplan.cli.render.tree import tree

        return tree(stored.plan)
    return view_of(stored)
