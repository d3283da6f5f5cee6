"""What tests on a real Postgres begin with."""

from collections.abc import AsyncIterator, Iterator

import pytest

from groundplan.stores.postgres.database import Database
from tests.postgres import emptied, fresh_database


@pytest.fixture(scope="module")
def migrated_url(embedded) -> Iterator[str]:
    """A database of the module's own, to be migrated by who opens it."""
    with fresh_database(embedded.database_url) as url:
        yield url


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    """The module's database, open and without a row."""
    async with emptied(migrated_url) as database:
        yield database
