"""What forecasts were worth, in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import RenderableType

from groundplan.cli.render.tables import line, table

if TYPE_CHECKING:
    from groundplan.domain.calibration import Calibration, Hits

_NUMBERS = ["Tasks", "Inside", "Below", "Above", "Actual / forecast"]


def calibration_view(found: Calibration) -> RenderableType:
    """One row for all, one for learned and other forecasts each, then one for each tool or kind of work."""
    if not found.overall.n:
        return line("No task with a forecast has been finished yet: run a plan first.")
    rows = [
        _row(name, hits)
        for name, hits in (
            ("all forecasts", found.overall), ("learned", found.learned), ("not learned", found.not_learned),
            *found.by_work.items(),
        )
        if hits.n
    ]  # fmt: skip
    return table(["~Of the 80 % intervals", *_NUMBERS], rows, right=_NUMBERS)


def _row(name: str, hits: Hits) -> list[str]:
    shares = (hits.inside, hits.below, hits.above)
    return [name, f"{hits.n:,}", *(f"{100 * (share or 0):.0f} %" for share in shares), f"{hits.bias or 0:.2g}"]
