import pytest
from langgraph.checkpoint.memory import InMemorySaver

from groundplan.stores.memory import MemoryModelAnswers, MemoryPlanStore
from groundplan.stores.memory_feedback import MemoryFeedbackStore
from groundplan.stores.memory_past_work import MemoryPastWork
from groundplan.stores.memory_retention import MemoryRetention
from groundplan.stores.memory_runs import MemoryRunStore
from tests.contracts.past_work import PastWorkContract


class TestMemoryPastWork(PastWorkContract):
    @pytest.fixture
    def plans(self) -> MemoryPlanStore:
        return MemoryPlanStore()

    @pytest.fixture
    def runs(self, plans: MemoryPlanStore) -> MemoryRunStore:
        return MemoryRunStore(plans)

    @pytest.fixture
    def feedback(self, plans: MemoryPlanStore, runs: MemoryRunStore) -> MemoryFeedbackStore:
        return MemoryFeedbackStore(plans, runs)

    @pytest.fixture
    def retention(self, plans: MemoryPlanStore, runs: MemoryRunStore) -> MemoryRetention:
        return MemoryRetention(plans, runs, MemoryModelAnswers(), InMemorySaver())

    @pytest.fixture
    def past_work(self, plans: MemoryPlanStore, runs: MemoryRunStore, feedback: MemoryFeedbackStore) -> MemoryPastWork:
        return MemoryPastWork(plans, runs, feedback)
