"""Histories as a version of groundplan left them: rows of its tables, and the hash of what is viewed in them.

`python -m tests.saved_histories` makes those of the present version, in tests/data/histories/VERSION.json. Do it once,
when a version is finished: a file that was written before is what later versions have to view equal.
"""

import asyncio
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from psycopg import sql

import groundplan
from groundplan import ExecutionPlan, PlanningService
from groundplan.domain.task import Compensation
from groundplan.service import Settings
from groundplan.stores.embedded import EmbeddedServers
from groundplan.testing import ScriptedChatModel
from tests.effects import TOOLS, Effects, chain, do
from tests.postgres import fresh_database

FOLDER = Path(__file__).parent / "data" / "histories"
TABLES = (
    "goals", "planning_runs", "plan_versions", "tasks", "approvals", "events", "model_answers", "runs", "ledger",
    "checkpoints", "checkpoint_blobs", "checkpoint_writes",
)  # fmt: skip
ANSWER = {
    "steps": [
        {"number": 1, "name": "Fetch the prices", "depends_on": [], "minutes": 5},
        {"number": 2, "name": "Draw a chart", "depends_on": [1], "minutes": 5},
    ]
}


def dump(url: str) -> dict[str, list[str]]:
    """Every row of every table, as JSON text: parsing it here could change a number."""
    with psycopg.connect(url) as connection:
        return {table: [row[0] for row in connection.execute(_all(table)).fetchall()] for table in TABLES}


def load(url: str, tables: dict[str, list[str]]) -> None:
    """Put the rows into the tables of a present-day schema. Columns that came later get their defaults."""
    with psycopg.connect(url, autocommit=True) as connection:
        for table, rows in tables.items():
            for row in rows:
                connection.execute(_insert(table, list(json.loads(row))), [row])


async def viewed(service: PlanningService, places: dict[str, list[str]]) -> dict[str, dict[str, str]]:
    """The hash of what is viewed of each run: whole, and up to each of the places."""
    found = {}
    for run_id, ats in places.items():
        hashes = {"": (await service.view(run_id)).sha256}
        found[run_id] = hashes | {at: (await service.view(run_id, at)).sha256 for at in ats}
    return found


def settings(url: str, home: str | Path) -> Settings:
    return Settings.load(home=home, database_url=url, cache_ttl_seconds=0)


def _all(table: str) -> sql.Composed:
    return sql.SQL("select row_to_json(t)::text from {} t").format(sql.Identifier(table))


def _insert(table: str, columns: list[str]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL(
        "insert into {table} ({names}) overriding system value"
        " select {names} from json_populate_record(null::{table}, %s::json)"
    ).format(table=sql.Identifier(table), names=names)


async def make(url: str, home: str) -> dict[str, list[str]]:
    """Planning by steps and by a model, a run that failed and was replanned, one that was rolled back, a rerun of the
    first of these: their runs, and places in them."""
    effects = Effects()
    effects.failures["after a"] = 1
    undo = Compensation(description="Undo it", tool="work.undo", inputs={"what": "x"})
    model = ScriptedChatModel(turns=["No JSON at all", ANSWER])
    async with PlanningService(settings=settings(url, home), executors=effects.registry(), tools=TOOLS) as service:
        listed = await service.create_plan("1. Boil water (5 min) 2. Make tea, using the result of 1 3. Drink it")
        await service.execute_plan_direct(chain(alternatives=["work.other"]))
        await service.execute_plan_direct(ExecutionPlan(plan_id="q", tasks=[do("x", compensation=undo), do("y", "x")]))
        await service.rollback_plan("q")
        again = await service.rerun("p")
        replanned, undone = await service.get_run("p"), await service.get_run("q")
        ledger = len(await service.ledger("p"))
    async with PlanningService(settings=settings(url, home), model=model) as service:
        asked = await service.create_plan("Chart the prices of the week for Ana")
    return {
        listed.metadata.run_id: ["0", "3", "8"],
        asked.metadata.run_id: ["1", "5"],
        replanned.run_id: ["1", "4", str(ledger)],
        undone.run_id: ["2"],
        again.run_id: ["2"],
    }


async def _saved(url: str, home: str) -> dict[str, Any]:
    places = await make(url, home)
    async with PlanningService(settings=settings(url, home)) as service:
        return {"version": groundplan.__version__, "views": await viewed(service, places), "tables": dump(url)}


def main() -> None:
    """Write the histories of this version."""
    with TemporaryDirectory() as home:
        servers = EmbeddedServers(Path(home) / "servers", redis=False)
        with fresh_database(servers.start_sync().database_url) as url:
            document = asyncio.run(_saved(url, home))
        servers.stop_sync()
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{document['version']}.json"
    file.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
