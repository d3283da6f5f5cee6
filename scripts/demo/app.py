"""What the demo's plan is run with: tools that write into a folder, one of which is out of order on purpose.

groundplan run --file scripts/demo/plan.json --app scripts/demo/app.py:app
"""

from __future__ import annotations

import asyncio
import csv
import io
import statistics
from typing import Any

from groundplan import ExecutorRegistry, ToolSpec, declare

ARCHIVE = "region,sales\nnorth,120\nsouth,95\nwest,143\n"


async def from_the_service(region: str) -> dict[str, Any]:
    """Fetch the figures of a region from a service that is down."""
    await asyncio.sleep(0.2)
    raise ConnectionError(f"the figures service does not answer for {region}")


async def from_the_archive(region: str) -> dict[str, Any]:
    """Fetch the figures of a region, or of all, from the archive."""
    await asyncio.sleep(0.3)
    rows = [row for row in csv.DictReader(io.StringIO(ARCHIVE)) if region in ("all", row["region"])]
    return {"rows": rows}


async def checked(rows: list[dict[str, str]]) -> dict[str, Any]:
    """Check that every row has a number."""
    await asyncio.sleep(0.2)
    return {"rows": len(rows), "sound": all(row["sales"].isdecimal() for row in rows)}


async def summed_up(rows: list[dict[str, str]]) -> dict[str, Any]:
    """Add the figures up."""
    await asyncio.sleep(0.2)
    sales = [int(row["sales"]) for row in rows]
    return {"total": sum(sales), "mean": round(statistics.mean(sales), 1)}


async def reported(total: int, sound: bool, notes: str) -> dict[str, Any]:
    """Write the report."""
    await asyncio.sleep(0.2)
    return {"report": f"Sales: {total}. Figures {'checked' if sound else 'doubtful'}. {notes}"}


async def asked_for_notes() -> dict[str, Any]:
    """Collect remarks of the regions, which takes a while."""
    await asyncio.sleep(0.8)
    return {"text": "The west opened a second shop."}


TOOLS = {
    "figures.service": from_the_service,
    "figures.archive": from_the_archive,
    "figures.check": checked,
    "figures.sum": summed_up,
    "report.notes": asked_for_notes,
    "report.write": reported,
}


def app() -> dict[str, Any]:
    """The arguments for `PlanningService`."""
    callables = {name: declare(tool, idempotent=True) for name, tool in TOOLS.items()}
    specs = [ToolSpec(name=name, description=tool.__doc__ or "", idempotent=True) for name, tool in TOOLS.items()]
    return {"executors": ExecutorRegistry(callables=callables), "tools": specs}
