"""`groundplan templates`: which plan structures there are, and what one of them consists of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from groundplan.cli.commands.options import AsJson
from groundplan.cli.output import emit
from groundplan.cli.prefixes import completed

if TYPE_CHECKING:
    from groundplan.templates.registry import TemplateRegistry


def templates(
    template_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One of them, in full.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the plan templates, or show one.

    Your own are among them. Needs no database.
    """
    registry = _registry()
    from groundplan.cli.render.template_view import template_view, templates_table

    if template_id is None:
        emit(
            as_json=as_json,
            document=lambda: {"templates": [found.model_dump(mode="json") for found in registry]},
            view=lambda: templates_table(list(registry)),
        )
        return
    whole = completed(template_id, [found.id for found in registry], "template")
    one = registry.get(whole)
    emit(as_json=as_json, document=lambda: one.model_dump(mode="json"), view=lambda: template_view(one))


def _registry() -> TemplateRegistry:
    from groundplan.service.settings import Settings
    from groundplan.templates.registry import TemplateRegistry

    folder = Settings.load().templates_folder
    builtin = TemplateRegistry.builtin()
    return builtin.with_folder(folder) if folder else builtin
