"""`groundplan prune`: let old history go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from groundplan.cli.commands.options import AsJson
from groundplan.cli.deadlines import parse_age
from groundplan.cli.output import emit
from groundplan.cli.session import with_service

if TYPE_CHECKING:
    from groundplan.stores.retention import Due


def prune(
    older_than: Annotated[
        str, typer.Option("--older-than", metavar="AGE", help="Such as 30d, 12h, 8w.", show_default=False)
    ],
    plans: Annotated[bool, typer.Option("--plans", help="Also plans that are over, with their goals.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """Drop the history of runs that ended long ago.

    Checkpoints, ledgers, events, answers of models. What a kept rerun was forked from stays, and what is not over.
    """
    try:
        age = parse_age(older_than)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{older_than!r} is no age: give 90min, 12h, 30d or 8w") from error
    gone: Due = with_service(lambda service: service.prune(age, plans=plans, dry_run=dry_run))
    from groundplan.cli.render.history_views import pruned_view

    emit(
        as_json=as_json,
        document=lambda: {
            "dry_run": dry_run, "runs": gone.executions, "planning_runs": gone.plannings, "plans": gone.plans,
        },
        view=lambda: pruned_view(gone, dry_run=dry_run),
    )  # fmt: skip
