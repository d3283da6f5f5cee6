"""The retention in memory: the contract."""

import pytest

from groundplan.stores.memory import MemoryPlanStore
from groundplan.stores.memory_retention import MemoryRetention
from groundplan.stores.memory_runs import MemoryRunStore
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
        return MemoryRetention(plans, runs)
