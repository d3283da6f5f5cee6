"""`groundplan fork`: a run once more with something changed, without its effects."""

from __future__ import annotations

from typing import Annotated

import typer

from groundplan.cli.commands.options import AnyRun, App, AsJson, Release, Start
from groundplan.cli.places import parsed_changes
from groundplan.cli.repeating import repeat


def fork(
    run: AnyRun,
    changes: Annotated[
        list[str],
        typer.Option("--set", metavar="PATH=JSON", help="What is to be otherwise; any number of.", show_default=False),
    ],
    start: Start = None,
    release: Release = None,
    app: App = None,
    as_json: AsJson = False,
) -> None:
    """Repeat a run with something changed: recorded outcomes, no effects.

    Run of a plan: tasks.ID.inputs.NAME, tasks.ID.output.NAME. Planning run: outline.steps.0.name,
    goal.constraints.max_cost (with --from STEP).
    """
    repeat(run, start, parsed_changes(changes), release or [], app, as_json=as_json)
