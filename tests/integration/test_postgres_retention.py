"""Letting old history go, on a real Postgres: the contract."""

from collections.abc import AsyncIterator, Iterator

import pytest

from groundplan.stores.postgres.database import Database
from groundplan.stores.postgres.plan_store import PostgresPlanStore
from groundplan.stores.postgres.retention import PostgresRetention
from groundplan.stores.postgres.run_store import PostgresRunStore
from tests.contracts.retention import RetentionContract
from tests.postgres import emptied, fresh_database


@pytest.fixture(scope="module")
def migrated_url(embedded) -> Iterator[str]:
    with fresh_database(embedded.database_url) as url:
        yield url


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    async with emptied(migrated_url) as database:
        yield database


class TestPostgresRetention(RetentionContract):
    @pytest.fixture
    def plans(self, database: Database) -> PostgresPlanStore:
        return database.store

    @pytest.fixture
    def runs(self, database: Database) -> PostgresRunStore:
        return database.runs

    @pytest.fixture
    def retention(self, database: Database) -> PostgresRetention:
        return database.retention
