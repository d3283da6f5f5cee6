import asyncio

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.cache import TwoLevelPlanCache
from tests.contracts.plan_cache import PlanCacheContract
from tests.outlines import outline


class TestFirstLevelAlone(PlanCacheContract):
    settling = 0.01

    @pytest.fixture
    def cache(self) -> TwoLevelPlanCache:
        return TwoLevelPlanCache()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_an_outline_is_handed_out_as_the_object_it_is() -> None:
    cache, mine = TwoLevelPlanCache(), outline()
    await cache.put("k", mine)
    assert await cache.get("k") is mine


async def test_an_outline_lives_as_long_as_the_cache_was_told() -> None:
    clock = Clock()
    cache = TwoLevelPlanCache(3600, clock=clock)
    await cache.put("k", outline())
    clock.now = 3599.0
    assert await cache.get("k") == outline()
    clock.now = 3600.0
    assert await cache.get("k") is None


async def test_a_time_to_live_of_zero_switches_it_off_and_nobody_waits() -> None:
    cache = TwoLevelPlanCache(0, redis_url="redis://localhost:1")
    async with asyncio.timeout(5):
        assert [await cache.get("k") for _ in range(3)] == [None] * 3
    await cache.put("k", outline())
    assert await cache.get("k") is None
    assert cache.redis_status == "off"
    assert cache.stats()["misses"] == 4


async def test_it_holds_no_more_outlines_and_steps_than_it_may() -> None:
    few = TwoLevelPlanCache(max_entries=2)
    for name in "abc":
        await few.put(name, outline(name))
    assert await few.get("a") is None
    assert await few.get("c") == outline("c")
    small = TwoLevelPlanCache(max_steps=10)
    for name in "abc":
        await small.put(name, outline(name, steps=4))
    assert await small.get("a") is None
    assert await small.get("c") == outline("c", steps=4)


async def test_a_holder_that_never_speaks_again_is_replaced_after_the_patience() -> None:
    cache = TwoLevelPlanCache(patience_seconds=0.1)
    assert await cache.get("k") is None
    async with asyncio.timeout(5):
        assert await cache.get("k") is None


async def test_a_url_that_is_none_is_a_matter_of_settings() -> None:
    with pytest.raises(PlanningError) as refused:
        TwoLevelPlanCache(redis_url="http://localhost")
    assert refused.value.code is ErrorCode.SETTINGS_INVALID
    assert "GROUNDPLAN_REDIS_URL" in refused.value.recovery_suggestion


async def test_without_redis_it_says_so() -> None:
    cache = TwoLevelPlanCache()
    await cache.ping_redis()
    await cache.aclose()
    assert cache.redis_status == "off"
