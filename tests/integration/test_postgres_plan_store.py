"""The plan store on a real Postgres: the contract, and what only a database can do wrong."""

from collections.abc import AsyncIterator, Iterator

import pytest

from groundplan.stores.postgres.database import Database
from groundplan.stores.postgres.model_answers import PostgresModelAnswers
from groundplan.stores.postgres.plan_store import PostgresPlanStore
from tests.contracts.plan_store import ModelAnswersContract, PlanStoreContract
from tests.postgres import emptied, fresh_database


@pytest.fixture(scope="module")
def migrated_url(embedded) -> Iterator[str]:
    with fresh_database(embedded.database_url) as url:
        yield url


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    async with emptied(migrated_url) as database:
        yield database


class TestPostgresPlanStore(PlanStoreContract):
    @pytest.fixture
    def store(self, database: Database) -> PostgresPlanStore:
        return database.store


class TestPostgresModelAnswers(ModelAnswersContract):
    @pytest.fixture
    def answers(self, database: Database) -> PostgresModelAnswers:
        return database.answers
