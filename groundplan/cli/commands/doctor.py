"""`groundplan doctor`: what works, and what to do about what does not."""

from __future__ import annotations

import typer

from groundplan.cli.commands.options import AsJson
from groundplan.cli.commands.version import versions
from groundplan.cli.exit_codes import ExitCode
from groundplan.cli.output import emit
from groundplan.cli.session import run_async


def doctor(as_json: AsJson = False) -> None:
    """Check database, Redis, model and data folder.

    Says what to do about what does not work. Exit code 4 if no plan can be made.
    """
    from groundplan.cli.diagnosis import diagnosed
    from groundplan.cli.render.doctor_view import doctor_view

    found = run_async(diagnosed) | {"versions": versions()}
    emit(as_json=as_json, document=lambda: found, view=lambda: doctor_view(found))
    if not found["healthy"]:
        raise typer.Exit(ExitCode.SERVICE_MISSING)
