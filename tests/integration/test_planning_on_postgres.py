"""Planning on a real Postgres: what is stored, who notices what, and going on in another process's place."""

import psycopg
import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.goal import DecompositionStrategy, Goal
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.patch import PlanPatch
from groundplan.service import PlanningService, Settings
from groundplan.testing import ScriptedChatModel, Turn

LISTED = "Make tea:\n1. Boil water\n2. Warm the pot\n3. Brew the tea, after 1 and 2"
RISKY = "1. List the closed accounts\n2. Delete these accounts from the production database"
ANSWER = {"steps": [{"number": 1, "name": "Choose pictures"}, {"number": 2, "name": "Hang them", "depends_on": [1]}]}


@pytest.fixture
def service_on(database_url, tmp_path):
    """Services on one database and one data folder: a new one stands for another process."""

    def opened(**arguments):
        return PlanningService(settings=Settings.load(home=tmp_path, database_url=database_url), **arguments)

    return opened


def checkpoints(url, run_id):
    with psycopg.connect(url) as connection:
        row = connection.execute("select count(*) from checkpoints where thread_id = %s", [run_id]).fetchone()
    return row[0]


async def test_a_plan_is_read_back_as_it_was_made(service_on):
    async with service_on() as service:
        plan = await service.create_plan(LISTED)
    async with service_on() as service:
        assert await service.get_plan(plan.plan_id) == plan
        (row,) = await service.list_plans()
        assert row["task_count"] == 3
        types = [event.type.value for event in await service.context.store.read_events(plan_id=plan.plan_id)]
        assert types == ["plan.created", "plan.validated"]


@pytest.mark.parametrize(("mode", "kept"), [("steps", 12), ("ends", 1)])
async def test_each_mode_leaves_its_checkpoints(service_on, database_url, mode, kept):
    async with service_on() as service:
        plan = await service.create_plan(LISTED, mode=mode)
        assert checkpoints(database_url, plan.metadata.run_id) == kept
        assert len(await service.history(plan.metadata.run_id)) == kept


async def test_the_steps_of_a_run_that_fails_are_kept_too(service_on, database_url):
    goal = Goal(goal_text="Quantum basket weaving", decomposition_strategy=DecompositionStrategy.TEMPLATE)
    async with service_on() as service:
        with pytest.raises(PlanningError) as caught:
            await service.create_plan(goal, mode="steps", run_id="fails")
        assert caught.value.code is ErrorCode.NO_DECOMPOSER
        assert (
            checkpoints(database_url, "fails") == 4
        )  # the input, then before each of sanitize, recall and match_template


@pytest.mark.parametrize(
    "statement",
    [
        "update tasks set spec = replace(spec::text, 'Boil', 'Burn')::json where spec::text like '%Boil%'",
        "delete from tasks where spec::text like '%Brew%'",
        "update plan_versions set goal_text = 'Make coffee'",
        "update plan_versions set signature = null",
    ],
)
async def test_a_plan_that_was_edited_by_hand_is_refused(service_on, database_url, statement):
    async with service_on() as service:
        plan = await service.create_plan(LISTED)
        with psycopg.connect(database_url) as connection:
            assert connection.execute(statement).rowcount == 1
        with pytest.raises(PlanningError) as caught:
            await service.get_plan(plan.plan_id)
        assert caught.value.code is ErrorCode.SIGNATURE_MISMATCH


RELEASED = "update plan_versions set status = 'validated'"
DECIDED = """
update approvals set decision = '{"verdict": "approve", "by": "the CFO", "why": "fine"}', decided_at = now()
"""


@pytest.mark.parametrize(
    "statements",
    [
        [RELEASED],
        [RELEASED, "delete from approvals"],
        [RELEASED, DECIDED],
        [RELEASED, DECIDED, "update approvals set signature = (select signature from stolen)"],
        [RELEASED, "update plan_versions set details = (details::jsonb - 'approval_reasons' - 'risks')::json"],
    ],
    ids=["status", "no request", "decision", "signature of another decision", "no reasons"],
)
async def test_an_approval_cannot_be_forged_by_an_update(service_on, database_url, statements):
    async with service_on() as service:
        other = await service.create_plan(RISKY)
        await service.approve_plan(other.plan_id, by="ada", why="rehearsed")
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("create table stolen as select signature from approvals")
            plan = await service.create_plan(RISKY)
            for statement in statements:
                where = "" if statement.endswith("approvals") else f" where plan_id = '{plan.plan_id}'"
                assert connection.execute(statement + where).rowcount
        for refused in (service.get_plan(plan.plan_id), service.execute_plan(plan.plan_id)):
            with pytest.raises(PlanningError) as caught:
                await refused
            assert caught.value.code is ErrorCode.SIGNATURE_MISMATCH


async def test_an_old_version_cannot_be_made_the_present_one(service_on, database_url):
    async with service_on() as service:
        plan = await service.create_plan(RISKY)
        edited = await service.approve_plan(plan.plan_id, by="ada", patch=PlanPatch(remove=[plan.tasks[1].task_id]))
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("update plan_versions set latest = false")
            connection.execute("update plan_versions set latest = true, status = 'validated' where version = 1")
        assert await service.get_plan(plan.plan_id) == edited
        with pytest.raises(PlanningError):
            await service.execute_plan(plan.plan_id)
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("delete from plan_versions where version = 2")
        with pytest.raises(PlanningError) as caught:
            await service.get_plan(plan.plan_id)
        assert caught.value.code is ErrorCode.SIGNATURE_MISMATCH


async def test_a_plan_can_be_approved_by_another_process_later(service_on):
    async with service_on() as service:
        plan = await service.create_plan(RISKY)
        assert plan.status is PlanStatus.AWAITING_APPROVAL
    async with service_on() as service:
        approved = await service.approve_plan(plan.plan_id, by="ada", why="rehearsed")
    assert approved.status is PlanStatus.VALIDATED
    assert approved.signature == plan.signature


async def test_an_edit_is_a_new_signed_version_with_its_diff(service_on):
    async with service_on() as service:
        plan = await service.create_plan(RISKY)
        patch = PlanPatch(remove=[plan.tasks[1].task_id])
        edited = await service.approve_plan(plan.plan_id, by="ada", why="too much", patch=patch)
        first, second = await service.list_versions(plan.plan_id)
        assert await service.get_plan(plan.plan_id, 1) is not None
    assert edited.version == 2
    assert edited.signature != plan.signature
    assert second.diff.removed == [plan.tasks[1].task_id]
    assert first.version == 1


async def test_a_run_whose_model_was_silent_goes_on_with_the_answers_it_has(service_on):
    goal = Goal(goal_text="Organize a photo exhibition", decomposition_strategy=DecompositionStrategy.LLM)
    first = ScriptedChatModel(turns=["no JSON", Turn(error=ConnectionError())])
    async with service_on(model=first) as service:
        with pytest.raises(PlanningError, match="E5102"):
            await service.create_plan(goal, run_id="run-1")
    second = ScriptedChatModel(turns=[ANSWER])
    async with service_on(model=second) as service:
        plan = await service.resume_plan("run-1")
    assert (first.calls, second.calls, plan.metadata.calls) == (2, 1, 2)


async def test_a_run_in_mode_ends_that_left_no_checkpoint_starts_again_from_its_goal(service_on):
    async with service_on() as service:
        with pytest.raises(PlanningError, match="E5101"):
            await service.create_plan("Zorble the quux", mode="ends", run_id="run-2")
    async with service_on(model=ScriptedChatModel(turns=[ANSWER])) as service:
        plan = await service.resume_plan("run-2")
    assert plan.metadata.strategy == "llm"


async def test_committing_twice_stores_one_plan(service_on, database_url):
    async with service_on() as service:
        plan = await service.create_plan(LISTED, run_id="run-3")
        await service.context.store.commit_plan(plan, [], reason="again")
        with psycopg.connect(database_url) as connection:
            assert connection.execute("select count(*) from plan_versions").fetchone() == (1,)
            assert connection.execute("select count(*) from tasks").fetchone() == (3,)


async def test_the_cache_is_shared_by_services_through_redis(database_url, redis_url, tmp_path):
    goal = "Organize a conference for 200 people"
    settings = Settings.load(home=tmp_path, database_url=database_url, redis_url=redis_url)
    async with PlanningService(settings=settings) as service:
        await service.create_plan(goal)
    async with PlanningService(settings=settings) as service:
        assert (await service.create_plan(goal)).metadata.cache_hit
        assert service.get_health_status()["components"]["redis"]["status"] == "ok"


async def test_a_database_that_is_not_there_is_said_in_words(tmp_path):
    settings = Settings.load(home=tmp_path, database_url="postgresql://me:hunter2@127.0.0.1:1/none")
    with pytest.raises(PlanningError) as caught:
        await PlanningService(settings=settings).initialize()
    assert caught.value.code is ErrorCode.STORE_UNAVAILABLE
    assert "hunter2" not in str(caught.value.to_dict())
