import pytest

from groundplan.stores.memory import MemoryModelAnswers, MemoryPlanStore
from tests.contracts.plan_store import ModelAnswersContract, PlanStoreContract


class TestMemoryPlanStore(PlanStoreContract):
    @pytest.fixture
    def store(self) -> MemoryPlanStore:
        return MemoryPlanStore()


class TestMemoryModelAnswers(ModelAnswersContract):
    @pytest.fixture
    def answers(self) -> MemoryModelAnswers:
        return MemoryModelAnswers()
