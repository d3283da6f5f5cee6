"""Histories that earlier versions of groundplan left are viewed as they were then."""

import json

import psycopg
import pytest

from groundplan import PlanningService
from groundplan.stores.postgres.database import Database
from tests.postgres import fresh_database
from tests.saved_histories import FOLDER, load, settings, viewed

SAVED = sorted(FOLDER.glob("*.json"))


@pytest.fixture(params=SAVED, ids=lambda file: file.stem)
def saved(request):
    return json.loads(request.param.read_text(encoding="utf-8"))


@pytest.fixture
async def url(embedded, saved):
    """A fresh database with the rows of that version."""
    with fresh_database(embedded.database_url) as url:
        async with Database(url):
            pass
        load(url, saved["tables"])
        yield url


async def test_a_saved_history_is_viewed_equal(saved, url, tmp_path):
    places = {run_id: [at for at in hashes if at] for run_id, hashes in saved["views"].items()}
    async with PlanningService(settings=settings(url, tmp_path)) as service:
        assert await viewed(service, places) == saved["views"]


async def test_a_row_that_was_changed_is_noticed(saved, url, tmp_path):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("""update ledger set output = '{"what": "something else"}' where kind = 'completed'""")
    places = {run_id: [] for run_id in saved["views"]}
    async with PlanningService(settings=settings(url, tmp_path)) as service:
        found = await viewed(service, places)
    assert any(found[run_id][""] != hashes[""] for run_id, hashes in saved["views"].items())


async def test_what_was_looked_at_can_be_told_step_by_step(saved, url, tmp_path):
    async with PlanningService(settings=settings(url, tmp_path)) as service:
        for run_id in saved["views"]:
            assert len(await service.history(run_id)) > 1


def test_there_are_saved_histories():
    assert "0.1.0" in {file.stem for file in SAVED}
