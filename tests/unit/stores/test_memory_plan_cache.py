import pytest

from groundplan.stores.memory import MemoryPlanCache
from tests.contracts.plan_cache import PlanCacheContract


class TestMemoryPlanCache(PlanCacheContract):
    settling = 0.01

    @pytest.fixture
    def cache(self) -> MemoryPlanCache:
        return MemoryPlanCache()
