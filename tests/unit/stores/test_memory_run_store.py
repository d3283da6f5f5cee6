import pytest

from groundplan.stores.memory import MemoryPlanStore
from groundplan.stores.memory_runs import MemoryRunStore
from tests.contracts.run_store import RunStoreContract


class TestMemoryRunStore(RunStoreContract):
    @pytest.fixture
    def plans(self) -> MemoryPlanStore:
        return MemoryPlanStore()

    @pytest.fixture
    def runs(self, plans: MemoryPlanStore) -> MemoryRunStore:
        return MemoryRunStore(plans)
