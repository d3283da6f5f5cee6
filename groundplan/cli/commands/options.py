"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

PlanId = Annotated[str, typer.Argument(metavar="ID", help="The plan's id, or its beginning.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout instead of words.")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=100_000, help="Show so many at most.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides.", show_default=False)]
Why = Annotated[str, typer.Option("--why", metavar="REASON", help="Why so.", show_default=False)]
App = Annotated[
    str | None,
    typer.Option("--app", metavar="FILE.py:NAME", help="Tools, agents, executors; or GROUNDPLAN_APP."),
]
Which = Annotated[str, typer.Argument(metavar="ID", help="A plan's or run's id, or its beginning.", show_default=False)]
AnyRun = Annotated[
    str, typer.Argument(metavar="RUN", help="The id of a run, or of a plan that was run.", show_default=False)
]
Start = Annotated[
    str | None, typer.Option("--from", metavar="PLACE", help="A checkpoint, ledger line or task; else the beginning.")
]
Release = Annotated[
    list[str] | None, typer.Option("--release", metavar="TOOL", help="May have effects; also llm, agent, all.")
]
