"""`groundplan calibration`: what forecasts were worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundplan.cli.commands.options import AsJson
from groundplan.cli.output import emit
from groundplan.cli.session import with_service

if TYPE_CHECKING:
    from rich.console import RenderableType

    from groundplan.domain.calibration import Calibration


def calibration(as_json: AsJson = False) -> None:
    """Show how well forecasts held: how many finished tasks took what the 80 % interval said, by tool."""
    found = with_service(lambda service: service.calibration())
    emit(as_json=as_json, document=lambda: found.model_dump(mode="json"), view=lambda: _view(found))


def _view(found: Calibration) -> RenderableType:
    from groundplan.cli.render.calibration_view import calibration_view

    return calibration_view(found)
