import pytest

from groundplan.stores.memory import MemoryPlanStore
from groundplan.stores.memory_feedback import MemoryEvaluationStore, MemoryFeedbackStore
from groundplan.stores.memory_runs import MemoryRunStore
from tests.contracts.feedback_store import EvaluationStoreContract, FeedbackStoreContract, begun

__all__ = ["begun"]


class TestMemoryFeedbackStore(FeedbackStoreContract):
    @pytest.fixture
    def plans(self) -> MemoryPlanStore:
        return MemoryPlanStore()

    @pytest.fixture
    def runs(self, plans: MemoryPlanStore) -> MemoryRunStore:
        return MemoryRunStore(plans)

    @pytest.fixture
    def store(self, plans: MemoryPlanStore, runs: MemoryRunStore) -> MemoryFeedbackStore:
        return MemoryFeedbackStore(plans, runs)


class TestMemoryEvaluationStore(EvaluationStoreContract):
    @pytest.fixture
    def store(self) -> MemoryEvaluationStore:
        return MemoryEvaluationStore()
