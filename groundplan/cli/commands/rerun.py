"""`groundplan rerun`: a run once more, without its effects."""

from __future__ import annotations

from groundplan.cli.commands.options import AnyRun, App, AsJson, Release, Start
from groundplan.cli.repeating import repeat


def rerun(run: AnyRun, start: Start = None, release: Release = None, app: App = None, as_json: AsJson = False) -> None:
    """Repeat a run in a new one: recorded outcomes and answers, no effects.

    What was not recorded fails (E5213), unless its tool is released.
    """
    repeat(run, start, {}, release or [], app, as_json=as_json)
