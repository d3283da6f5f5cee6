"""What finished tasks took, on a real Postgres: the contract, and that a large ledger is not read for it."""

import psycopg
import pytest

from groundplan.domain.feedback import Feedback, KeptFeedback
from groundplan.stores.postgres.database import Database
from groundplan.stores.postgres.feedback_store import PostgresFeedbackStore
from groundplan.stores.postgres.past_work import PostgresPastWork
from groundplan.stores.postgres.plan_store import PostgresPlanStore
from groundplan.stores.postgres.queries import queries
from groundplan.stores.postgres.retention import PostgresRetention
from groundplan.stores.postgres.run_store import PostgresRunStore
from tests.contracts.past_work import PastWorkContract, attempt, end
from tests.contracts.plan_store import NOW


class TestPostgresPastWork(PastWorkContract):
    @pytest.fixture
    def plans(self, database: Database) -> PostgresPlanStore:
        return database.store

    @pytest.fixture
    def runs(self, database: Database) -> PostgresRunStore:
        return database.runs

    @pytest.fixture
    def feedback(self, database: Database) -> PostgresFeedbackStore:
        return database.feedback

    @pytest.fixture
    def retention(self, database: Database) -> PostgresRetention:
        return database.retention

    @pytest.fixture
    def past_work(self, database: Database) -> PostgresPastWork:
        return database.past_work

    async def test_a_task_that_was_changed_by_hand_tells_nothing(self, runs, past_work, lease, migrated_url):
        await runs.append(lease, [*attempt("p1-1"), *attempt("p1-2")])
        await end(runs)
        async with await psycopg.AsyncConnection.connect(migrated_url, autocommit=True) as connection:
            await connection.execute("""update tasks set spec = '{"name": ""}' where task_id = 'p1-1'""")
        assert await past_work.take_in() == 1
        assert [one.task_id for one in await past_work.latest()] == ["p1-2"]

    async def test_a_report_that_was_changed_by_hand_hides_no_other(
        self, runs, feedback, past_work, lease, migrated_url
    ):
        said = Feedback(task_id="p1-1", actuals={"cost": 1}, idempotency_key="k1")
        await feedback.record(KeptFeedback(plan_id="p1", at=NOW, feedback=said), [], [], is_report=False)
        await runs.append(lease, [*attempt("p1-1"), *attempt("p1-2")])
        await end(runs)
        async with await psycopg.AsyncConnection.connect(migrated_url, autocommit=True) as connection:
            await connection.execute("""update feedback set content = '{"actuals": {"duration_seconds": "soon"}}'""")
        assert await past_work.take_in() == 1
        assert [one.task_id for one in await past_work.latest()] == ["p1-2"]

    @pytest.mark.parametrize(
        "change",
        [
            "update past_tasks set task_type = 'zzz' where task_id = 'p1-1'",
            "update past_tasks set said = -1 where task_id = 'p1-1'",
            "update past_tasks set seconds = 'NaN' where task_id = 'p1-1'",
            "update past_tasks set cost = 'Infinity' where task_id = 'p1-1'",
            "update past_tasks set forecast = '[]' where task_id = 'p1-1'",
        ],
    )
    async def test_kept_work_that_was_changed_by_hand_hides_no_other(
        self, runs, past_work, lease, migrated_url, change
    ):
        await runs.append(lease, [*attempt("p1-1"), *attempt("p1-2")])
        await end(runs)
        await past_work.take_in()
        async with await psycopg.AsyncConnection.connect(migrated_url, autocommit=True) as connection:
            await connection.execute(change)
        assert [one.task_id for one in await past_work.latest()] == ["p1-2"]

    async def test_the_ledger_is_read_by_run(self, database, migrated_url):
        """What was taken in is never looked at again, however much there is of it."""
        async with await psycopg.AsyncConnection.connect(migrated_url, autocommit=True) as connection:
            await connection.execute("set enable_seqscan = off")
            for name, parameters in (
                ("runs_to_learn_from", {"limit": 20}),
                ("latest_past_tasks", {"limit": 20_000}),
                ("finished_tasks", {"run_ids": ["x1"], "each": 2_000}),
            ):
                cursor = await connection.execute(f"explain {queries('past_work')[name]}", parameters)
                plan = await cursor.fetchall()
                assert not [line for (line,) in plan if "Seq Scan" in line], (name, plan)
