"""`groundplan report`: how a plan stands, as Markdown, JSON, or a page for people who do not use this command line."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from groundplan.cli.commands.options import AsJson, PlanId
from groundplan.cli.output import emit, print_message
from groundplan.cli.prefixes import whole_plan_id
from groundplan.cli.session import with_service

if TYPE_CHECKING:
    from groundplan.report import Report
    from groundplan.service import PlanningService


class Form(StrEnum):
    """What a report is written as."""

    MARKDOWN = "md"
    HTML = "html"
    JSON = "json"


_SUFFIXES = {
    ".md": Form.MARKDOWN,
    ".markdown": Form.MARKDOWN,
    ".html": Form.HTML,
    ".htm": Form.HTML,
    ".json": Form.JSON,
}


def report(
    plan_id: PlanId,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="Write it there; by .md, .html or .json.")
    ] = None,
    form: Annotated[Form | None, typer.Option("--format", help="Whatever the file is called.")] = None,
    as_json: AsJson = False,
) -> None:
    """Report how a plan stands: schedule, progress, risks, issues, cost.

    As Markdown on stdout, or into a file. The page (.html) has a Gantt chart, the network, the burn-up and the risk
    matrix, and needs nothing else.
    """
    if as_json and form not in (None, Form.JSON):
        raise typer.BadParameter("choose one of --json and --format")
    chosen = Form.JSON if as_json and out is None else form or _by_suffix(out)

    async def made(service: PlanningService) -> Report:
        return await service.report(await whole_plan_id(service, plan_id))

    found = with_service(made)
    if out is None:
        emit(as_json=chosen is Form.JSON, document=found.document, view=lambda: _text(found, chosen))
        return
    _write(out, _text(found, chosen))
    if as_json:
        emit(
            as_json=True,
            document=lambda: {"plan_id": found.plan_id, "file": str(out), "format": chosen.value},
            view=str,
        )
    else:
        print_message(f"Report on plan {found.plan_id}: {out}")


def _by_suffix(out: Path | None) -> Form:
    if out is None:
        return Form.MARKDOWN
    known = _SUFFIXES.get(out.suffix.lower())
    if known is None:
        raise typer.BadParameter(f"{str(out)!r} ends in none of .md, .html, .json: say --format")
    return known


def _text(found: Report, form: Form) -> str:
    import json

    from groundplan.report import as_html, as_markdown

    if form is Form.JSON:
        return json.dumps(found.document(), indent=2) + "\n"
    return as_html(found) if form is Form.HTML else as_markdown(found)


def _write(out: Path, text: str) -> None:
    """Beside the file first, so that a crash leaves the one before or the whole of this one."""
    try:
        beside = out.with_name(f".{out.name}.{os.getpid()}")
        beside.write_text(text, encoding="utf-8")
        beside.replace(out)
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the name
        why = getattr(error, "strerror", None) or error
        raise typer.BadParameter(f"{str(out)!r} cannot be written: {why}") from error
