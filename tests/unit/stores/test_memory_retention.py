"""The retention in memory: the contract."""

from datetime import timedelta

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from groundplan import PlanningService
from groundplan.domain.runs import ModelAnswer
from groundplan.stores.memory import MemoryModelAnswers, MemoryPlanStore
from groundplan.stores.memory_retention import MemoryRetention
from groundplan.stores.memory_runs import MemoryRunStore
from groundplan.testing import memory_resources
from tests.contracts.retention import RetentionContract


class TestMemoryRetention(RetentionContract):
    @pytest.fixture
    def plans(self) -> MemoryPlanStore:
        return MemoryPlanStore()

    @pytest.fixture
    def runs(self, plans: MemoryPlanStore) -> MemoryRunStore:
        return MemoryRunStore(plans)

    @pytest.fixture
    def retention(self, plans: MemoryPlanStore, runs: MemoryRunStore) -> MemoryRetention:
        return MemoryRetention(plans, runs, MemoryModelAnswers(), InMemorySaver())


async def test_what_runs_have_left_goes_with_them() -> None:
    resources = memory_resources()
    async with PlanningService(resources=resources) as service:
        plan = await service.create_plan("1. Boil water 2. Make tea")
        run_id = plan.metadata.run_id
        await resources.answers.put(run_id, "hash", ModelAnswer(text="yes", model="m"))
        assert (await service.prune(timedelta(days=-1))).plannings == [run_id]
    assert await resources.answers.of_run(run_id) == []
    assert [saved async for saved in resources.checkpointer.alist({"configurable": {"thread_id": run_id}})] == []
