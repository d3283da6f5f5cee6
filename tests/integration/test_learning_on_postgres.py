"""What a run took shapes the next plan of another process, on a real Postgres; and what that asks of the store."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from groundplan import PlanningService
from groundplan.domain.pert import interval
from groundplan.service.settings import Settings
from groundplan.stores.postgres.past_work import PostgresPastWork
from tests.postgres import fresh_database
from tests.scheduled_runs import Doing

GOAL = "1. Fetch the prices 2. Draw the chart"


@pytest.fixture(scope="module")
def url(embedded) -> Iterator[str]:
    with fresh_database(embedded.database_url) as url:
        yield url


@pytest.fixture
def settings(url: str, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, database_url=url)


@pytest.fixture
async def ran(settings: Settings) -> AsyncIterator[str]:
    """The id of a plan that was run to its end, by a service that is closed."""
    async with PlanningService(settings=settings, executors=Doing()) as service:
        plan = await service.create_plan(GOAL)
        assert (await service.execute_plan(plan.plan_id)).status == "completed"
    yield plan.plan_id


async def test_another_process_plans_by_what_was_run(settings, ran, monkeypatch):
    asked = []
    for name in ("take_in", "latest"):
        method = getattr(PostgresPastWork, name)

        async def counted(self, *args, _method=method, _name=name):
            asked.append(_name)
            return await _method(self, *args)

        monkeypatch.setattr(PostgresPastWork, name, counted)
    async with PlanningService(settings=settings) as service:
        before = (await service.get_plan(ran)).tasks
        plans = [await service.create_plan(GOAL) for _ in range(4)]
    for old, new in zip(before, plans[-1].tasks, strict=True):
        assert old.resource_estimate.basis.startswith("prior for")
        assert new.resource_estimate.basis.startswith("learned from 1 run of")
        assert interval(new.resource_estimate.duration).high < interval(old.resource_estimate.duration).high
    assert asked == ["take_in", "take_in", "latest"]  # once for the run, once to see that there is no other


async def test_forecast_and_actual_are_kept_beside_each_other(settings, ran, url):
    async with PlanningService(settings=settings) as service:
        found = await service.calibration()
    assert found.overall.n >= 2
    with psycopg.connect(url) as connection:
        rows = connection.execute("select seconds, forecast ->> 'basis' from past_tasks where plan_id = %s", [ran])
        assert all(seconds < 60 and basis for seconds, basis in rows.fetchall())
