"""Resources and money as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType

from groundplan.cli.render.tables import line, table

if TYPE_CHECKING:
    from groundplan.domain.cost_advice import CostAdvice
    from groundplan.execution.resources.allocation import Availability, Offer


def advice_table(advice: Sequence[CostAdvice]) -> RenderableType:
    """A row for each task that could cost less, what saves most first."""
    if not advice:
        return line("No cheaper way is known. (Prices come from GROUNDPLAN_PRICE_FILE.)")
    rows = [
        [
            one.task,
            one.uses,
            f"{one.cost:.4g}",
            one.instead,
            f"{one.cost_instead:.4g}",
            f"{one.saves:.4g} {one.currency}",
        ]
        for one in advice
    ]
    return table(["…Task", "Uses", "Cost", "Instead", "Cost then", "Saves"], rows, right=["Cost", "Cost then", "Saves"])


def resources_table(there: Availability) -> RenderableType:
    """A row for each resource: how much there is, how much is free, and the price."""
    if not there.offers:
        return line("Nobody grants resources. (Set GROUNDPLAN_RESOURCE_LIMITS or GROUNDPLAN_RESOURCE_SERVICE_URL.)")
    rows = [_row(offer, there.currency) for offer in there.offers]
    return table(["Resource", "There is", "Free", "Price of an hour"], rows, right=["There is", "Free"])


def _row(offer: Offer, currency: str) -> list[str]:
    in_window = f" in {offer.per_seconds:g} s" if offer.per_seconds else ""
    unit = f" {offer.unit}" if offer.unit else ""
    price = "" if offer.price_per_hour is None else f"{offer.price_per_hour:.4g} {currency}"
    return [offer.name, f"{offer.capacity:g}{unit}{in_window}", f"{offer.free:g}", price]
