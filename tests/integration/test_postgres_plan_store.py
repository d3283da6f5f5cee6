"""The plan store on a real Postgres: the contract, and what only a database can do wrong."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.signing import verify
from groundplan.domain.task import Task, TaskDependency
from groundplan.stores.postgres.database import Database
from groundplan.stores.postgres.model_answers import PostgresModelAnswers
from groundplan.stores.postgres.plan_store import PostgresPlanStore
from tests.contracts.plan_store import (
    APPROVE,
    KEY,
    NOW,
    REJECT,
    ModelAnswersContract,
    PlanStoreContract,
    make_event,
    make_goal,
    make_plan,
    make_run,
    waiting,
)


class TestPostgresPlanStore(PlanStoreContract):
    @pytest.fixture
    def store(self, database: Database) -> PostgresPlanStore:
        return database.store


class TestPostgresModelAnswers(ModelAnswersContract):
    @pytest.fixture
    def answers(self, database: Database) -> PostgresModelAnswers:
        return database.answers


def respec(change: str, where: str = "true") -> str:
    """SQL that merges `change` into the specification of tasks."""
    return f"update tasks set spec = (spec::jsonb || '{change}')::json where {where}"  # noqa: S608


HAND_EDITS = {
    "the goal's text": "update plan_versions set goal_text = 'Something else'",
    "the owner": "update plan_versions set agent_did = 'did:web:mallory'",
    "a limit of the budget": 'update plan_versions set details = \'{"resource_budget": {"max_cost": 1e6}}\'',
    "a task's tool": respec('{"tool": "shell.run"}', "position = 1"),
    "a task's input": respec('{"inputs": {"to": "me"}}', "position = 2"),
    "what a task waits for": respec('{"dependencies": []}', "position = 2"),
    "the order of tasks": "update tasks set position = 3 - position",
    "a task less": "delete from tasks where position = 2",
    "a task more": """
        insert into tasks (plan_id, version, task_id, position, status, spec)
        select plan_id, version, 'x', 9, status, (spec::jsonb || '{"task_id": "x"}')::json from tasks where position = 1
    """,
    "the signature": "update plan_versions set signature = repeat('0', 64)",
    "the key's name": "update plan_versions set signing_key = 'k2', signature = repeat('0', 64)",
    "no signature": "update plan_versions set signature = null, signing_key = null",
    "a field that does not exist": respec('{"surprise": 1}'),
    "no JSON object": "update tasks set spec = '[]'",
}


@pytest.mark.parametrize("edit", HAND_EDITS.values(), ids=HAND_EDITS.keys())
async def test_a_row_that_was_edited_by_hand_is_refused(database: Database, migrated_url: str, edit: str) -> None:
    first, second = make_plan().tasks
    waits = second.model_copy(update={"dependencies": [TaskDependency(task_id=first.task_id)]})
    await database.store.commit_plan(make_plan(tasks=[first, waits]), [], reason="first version")
    keys = {"k1": KEY, "k2": KEY[::-1]}
    verify(await database.store.get_plan("p1"), keys)
    async with await psycopg.AsyncConnection.connect(migrated_url, autocommit=True) as connection:
        assert (await connection.execute(edit)).rowcount > 0
    with pytest.raises(PlanningError) as caught:
        verify(await database.store.get_plan("p1"), keys)
    assert caught.value.code is ErrorCode.SIGNATURE_MISMATCH


async def test_what_a_run_changes_is_not_signed(database: Database, migrated_url: str) -> None:
    await database.store.commit_plan(make_plan(), [], reason="first version")
    async with await psycopg.AsyncConnection.connect(migrated_url, autocommit=True) as connection:
        await connection.execute(
            "update tasks set status = 'completed', attempts = 3, outputs = '{\"x\": 1}', completed_at = now()"
        )
    plan = await database.store.get_plan("p1")
    verify(plan, {"k1": KEY})
    assert [(task.status.value, task.attempts, task.outputs) for task in plan.tasks] == [("completed", 3, {"x": 1})] * 2


@pytest.mark.parametrize("text", ["nul \0", "half \ud800"], ids=["NUL", "lone surrogate"])
async def test_what_postgres_cannot_hold_is_refused_and_others_are_not_harmed(database: Database, text: str) -> None:
    names = [f"g{number}" for number in range(10)]
    goals = [make_goal(name) for name in names] + [make_goal("bad", goal_text=text)]
    answers = await asyncio.gather(
        *(database.store.receive(goal, make_run(goal.goal_id, goal.goal_id), []) for goal in goals),
        return_exceptions=True,
    )
    assert answers[:-1] == [None] * 10
    assert answers[-1].code is ErrorCode.STORE_REJECTED
    assert sorted(goal.goal_id for goal in await database.store.list_goals()) == names


async def test_a_plan_with_two_tasks_of_one_id_is_refused_whole(database: Database) -> None:
    twin = make_plan().tasks[0]
    with pytest.raises(PlanningError):
        await database.store.commit_plan(make_plan(tasks=[twin, twin]), [make_event()], reason="x")
    assert await database.store.list_plans() == []
    assert await database.store.read_events() == []


async def test_a_plan_of_five_thousand_tasks_comes_back(database: Database) -> None:
    tasks = [
        Task(task_id=f"t{number}", plan_id="p1", name=f"Step {number}", sequence_order=number, created_at=NOW)
        for number in range(5000)
    ]
    plan = make_plan(tasks=tasks)
    await database.store.commit_plan(plan, [], reason="large")
    assert await database.store.get_plan("p1") == plan


class TestSeveralProcesses:
    """Two databases open on one server stand for two processes: each has a writer and a pool of its own."""

    @pytest.fixture
    async def other(self, database: Database, migrated_url: str) -> AsyncIterator[Database]:
        async with Database(migrated_url) as other:
            yield other

    async def test_the_same_goal_at_once_is_received_once(self, database: Database, other: Database) -> None:
        for number in range(20):
            goal, run = make_goal(f"g{number}"), make_run(f"r{number}", f"g{number}")
            await asyncio.gather(*(store.receive(goal, run, [make_event()]) for store in (database.store, other.store)))
        assert len(await database.store.list_goals()) == len(await database.store.read_events()) == 20

    async def test_of_two_next_versions_one_is_refused(self, database: Database, other: Database) -> None:
        for number in range(20):
            name = f"p{number}"
            await database.store.commit_plan(make_plan(name), [], reason="first version")
            answers = await asyncio.gather(
                database.store.commit_plan(make_plan(name, 2, goal_text="one"), [make_event(name)], reason="one"),
                other.store.commit_plan(make_plan(name, 2, goal_text="other"), [make_event(name)], reason="other"),
                return_exceptions=True,
            )
            assert [e.code for e in answers if isinstance(e, PlanningError)] == [ErrorCode.STORE_CONFLICT]
            assert len(await database.store.read_events(plan_id=name)) == 1
            assert len(await other.store.list_versions(name)) == 2

    async def test_of_two_decisions_one_is_refused(self, database: Database, other: Database) -> None:
        for number in range(10):
            await waiting(database.store, f"p{number}")
            answers = await asyncio.gather(
                database.store.decide(f"p{number}", 1, APPROVE, status=PlanStatus.VALIDATED, now=NOW, events=[]),
                other.store.decide(f"p{number}", 1, REJECT, status=PlanStatus.CANCELLED, now=NOW, events=[]),
                return_exceptions=True,
            )
            assert [e.code for e in answers if isinstance(e, PlanningError)] == [ErrorCode.APPROVAL_CONFLICT]

    async def test_a_reader_of_events_misses_none_that_several_write(self, database: Database, other: Database) -> None:
        wanted = 2 * 150

        async def write(store: PostgresPlanStore, prefix: str) -> None:
            for start in range(0, 150, 10):
                names = [f"{prefix}{number}" for number in range(start, start + 10)]
                await asyncio.gather(
                    *(store.commit_plan(make_plan(name), [make_event(name)], reason="x") for name in names)
                )

        async def read() -> list[str]:
            seen: list[str] = []
            after = 0
            while len(seen) < wanted:
                page = await database.store.read_events(after=after)
                seen += [event.plan_id for event in page]
                after = page[-1].event_id if page else after
            return seen

        async with asyncio.timeout(60):
            seen, *_ = await asyncio.gather(read(), write(database.store, "a"), write(other.store, "b"))
        assert len(set(seen)) == wanted

    async def test_who_listens_is_woken(self, database: Database, migrated_url: str) -> None:
        async with await psycopg.AsyncConnection.connect(migrated_url, autocommit=True) as connection:
            await connection.execute("listen groundplan_events")
            await database.store.commit_plan(make_plan("quiet"), [], reason="no event")
            await database.store.commit_plan(make_plan("loud"), [make_event("loud"), make_event("loud")], reason="two")
            woken = [note async for note in connection.notifies(timeout=1.0)]
        assert [note.channel for note in woken] == ["groundplan_events"]
