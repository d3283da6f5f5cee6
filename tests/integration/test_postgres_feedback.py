"""Feedback and evaluations on a real Postgres: the contract, and how fast it takes them."""

import asyncio

import pytest

from groundplan.stores.postgres.database import Database
from groundplan.stores.postgres.feedback_store import PostgresEvaluationStore, PostgresFeedbackStore
from groundplan.stores.postgres.plan_store import PostgresPlanStore
from groundplan.stores.postgres.run_store import PostgresRunStore
from tests.contracts.feedback_store import (
    TASK,
    EvaluationStoreContract,
    FeedbackStoreContract,
    begun,
    issue,
    kept,
    progress,
)

__all__ = ["begun"]


@pytest.fixture
def plans(database: Database) -> PostgresPlanStore:
    return database.store


@pytest.fixture
def runs(database: Database) -> PostgresRunStore:
    return database.runs


class TestPostgresFeedbackStore(FeedbackStoreContract):
    @pytest.fixture
    def store(self, database: Database) -> PostgresFeedbackStore:
        return database.feedback

    async def test_issues_of_one_batch_are_kept_apart(self, store: PostgresFeedbackStore, begun: object) -> None:
        given = [store.record(kept(f"k{n}"), [issue(issue_id=f"i{n % 3}")], [], is_report=False) for n in range(9)]
        assert all(await asyncio.gather(*given))
        assert {one.issue_id for one in await store.list_issues()} == {"i0", "i1", "i2"}

    async def test_five_hundred_reports_at_once_are_all_kept(self, store: PostgresFeedbackStore, begun: object) -> None:
        async def one(number: int) -> None:
            await store.standing("p1", TASK, f"k{number}")
            await store.record(kept(f"k{number}"), [], [progress()], is_report=False)

        await asyncio.gather(*(one(number) for number in range(500)))
        assert len(await store.list_feedback("p1", limit=1000)) == 500


class TestPostgresEvaluationStore(EvaluationStoreContract):
    @pytest.fixture
    def store(self, database: Database) -> PostgresEvaluationStore:
        return database.evaluations
