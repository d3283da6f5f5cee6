"""The whole path with a real model: `GROUNDPLAN_MODEL=ollama:NAME OLLAMA_HOST=URL make test-llm`."""

import pytest

from groundplan.domain.goal import Breakdown, DecompositionStrategy, Goal
from groundplan.domain.lifecycle import PlanStatus
from groundplan.service import PlanningService, Settings

pytestmark = pytest.mark.llm


@pytest.fixture
async def service(clean_environment, embedded, database_url, tmp_path):
    if "GROUNDPLAN_MODEL" not in clean_environment:
        pytest.skip("GROUNDPLAN_MODEL is not set")
    settings = Settings.load(
        home=tmp_path,
        database_url=database_url,
        model=clean_environment["GROUNDPLAN_MODEL"],
        ollama_host=clean_environment.get("OLLAMA_HOST"),
    )
    async with PlanningService(settings=settings) as opened:
        yield opened
        # langchain-ollama keeps an HTTP client that it offers no public way to close.
        await opened.context.chat_model()._async_client._client.aclose()


def goal(text, **fields):
    return Goal(goal_text=text, decomposition_strategy=DecompositionStrategy.LLM, **fields)


@pytest.mark.timeout(600)
async def test_a_goal_becomes_a_stored_plan(service):
    plan = await service.create_plan(goal("Organize a small photo exhibition in our local library"))
    assert plan.status in (PlanStatus.VALIDATED, PlanStatus.AWAITING_APPROVAL)
    assert plan.metadata.strategy == "llm"
    assert plan.metadata.tokens > 100
    assert len(plan.tasks) >= 2
    assert await service.get_plan(plan.plan_id) == plan


@pytest.mark.timeout(600)
async def test_a_finished_run_is_resumed_without_asking(service):
    plan = await service.create_plan(goal("Repair the garden fence"), run_id="run-llm")
    before = service.get_stats()["decomposer"]["model_calls"]
    assert await service.resume_plan("run-llm") == plan
    assert service.get_stats()["decomposer"]["model_calls"] == before


@pytest.mark.timeout(900)
async def test_breakdowns_give_visibly_different_phases(service):
    text = "Open a small bakery in our town"
    phases = []
    for breakdown in (Breakdown.TEMPORAL, Breakdown.RESOURCE_BASED):
        plan = await service.create_plan(goal(text, breakdown=breakdown))
        phases.append({task.phase for task in plan.tasks if task.phase})
    assert phases[0] != phases[1]


async def test_the_model_is_seen_by_the_health_check(service):
    assert (await service.check_health())["components"]["model"]["status"] == "ok"
