"""Letting old history go, on a real Postgres: the contract."""

import pytest

from groundplan.stores.postgres.database import Database
from groundplan.stores.postgres.plan_store import PostgresPlanStore
from groundplan.stores.postgres.retention import PostgresRetention
from groundplan.stores.postgres.run_store import PostgresRunStore
from tests.contracts.retention import RetentionContract


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
