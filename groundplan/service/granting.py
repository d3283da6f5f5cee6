"""Who grants resources to tasks, as given or as the settings say, and what things cost."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.pricing_list import NO_PRICES, PriceList
from groundplan.execution.resources.pool import LocalPool
from groundplan.execution.resources.provider import ResourceProvider
from groundplan.service.settings import Settings


@asynccontextmanager
async def open_provider(
    given: ResourceProvider | None, settings: Settings, prices: PriceList
) -> AsyncIterator[ResourceProvider | None]:
    """What was given; else the service at `resource_service_url`; else a pool of `resource_limits`, in which what is
    not named is not limited; else None, and tasks ask nobody."""
    if given is not None:
        yield given
    elif settings.resource_service_url:
        from groundplan.execution.resources.http_client import HttpResources

        service = HttpResources(settings.resource_service_url, token=settings.resource_service_token)
        try:
            yield service
        finally:
            await service.aclose()
    elif settings.resource_limits:
        yield LocalPool(settings.resource_limits, prices=prices, only_these=False)
    else:
        yield None


def read_prices(path: Path | None) -> PriceList:
    """The price list in this file; no prices without one.

    Raises:
        PlanningError: E5806 if it cannot be read or is no price list, E5505 for a currency without a rate.
    """
    if path is None:
        return NO_PRICES
    try:
        with path.open("rb") as file:
            return PriceList.read(tomllib.load(file))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PlanningError(
            ErrorCode.SETTINGS_INVALID,
            f"The price file {str(path)!r} cannot be read: {error}",
            recovery_suggestion="Correct GROUNDPLAN_PRICE_FILE; docs/resources.md says what a price file looks like.",
        ) from None
