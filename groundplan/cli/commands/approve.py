"""`groundplan approve`: let a waiting plan pass, as it is or changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from groundplan.cli.commands.options import AsJson, By, PlanId, Why
from groundplan.cli.json_files import read_model
from groundplan.cli.prefixes import whole_plan_id
from groundplan.cli.session import with_service
from groundplan.cli.stored import Stored, show_stored, with_approval

if TYPE_CHECKING:
    from groundplan.domain.patch import PlanPatch
    from groundplan.service import PlanningService


def approve(
    plan_id: PlanId,
    by: By,
    why: Why,
    edit: Annotated[
        str | None,
        typer.Option("--edit", metavar="PATCH.json", help="Changes: remove, change, add, rewire tasks."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Approve a plan that waits for a person."""
    patch = read_patch(edit) if edit is not None else None

    async def approved(service: PlanningService) -> Stored:
        whole = await whole_plan_id(service, plan_id)
        plan = await service.approve_plan(whole, by=by, why=why, patch=patch)
        return await with_approval(service, plan)

    show_stored(with_service(approved), as_json=as_json)


def read_patch(name: str) -> PlanPatch:
    """The patch in the file.

    Raises:
        typer.BadParameter: for a file that cannot be read or holds no patch, with the first thing that is wrong.
    """
    from groundplan.domain.patch import PlanPatch

    return read_model(PlanPatch, name, "patch")
