"""What every `PlanCache` keeps to. A test class inherits it and gives the fixture `cache`."""

import asyncio

from groundplan.domain.outline import Origin, Outline, OutlineStep
from groundplan.stores.protocols import PlanCache
from tests.outlines import outline

PROMPTLY = 5.0
"""A guard against hanging, in seconds; nothing here takes a tenth of it."""


class PlanCacheContract:
    settling = 0.1
    """Seconds that a task needs to come to the place where it waits; less where nothing goes over a socket."""

    async def settle(self) -> None:
        """Let the tasks that were just made come to the place where they wait."""
        await asyncio.sleep(self.settling)

    async def test_an_unknown_key_is_none(self, cache: PlanCache) -> None:
        assert await cache.get("unknown") is None

    async def test_what_was_put_is_found(self, cache: PlanCache) -> None:
        await cache.get("k")
        await cache.put("k", outline())
        assert await cache.get("k") == outline()

    async def test_what_was_put_unasked_is_found(self, cache: PlanCache) -> None:
        await cache.put("k", outline())
        assert await cache.get("k") == outline()

    async def test_keys_are_told_apart(self, cache: PlanCache) -> None:
        await cache.put("a", outline("A"))
        await cache.put("b", outline("B"))
        assert await cache.get("a") == outline("A")
        assert await cache.get("b") == outline("B")

    async def test_the_last_put_counts(self, cache: PlanCache) -> None:
        await cache.put("k", outline("old"))
        await cache.put("k", outline("new"))
        assert await cache.get("k") == outline("new")

    async def test_any_text_survives(self, cache: PlanCache) -> None:
        name = 'Zażółć 日本 🚀 "quoted" \\ </script> \u2028'
        odd = Outline(
            steps=[OutlineStep(key="ключ", name=name, inputs={"ü": [1, 2.5, None, {"x": True}]})],
            origin=Origin(strategy="numbered"),
        )
        await cache.put("k", odd)
        assert await cache.get("k") == odd

    async def test_rates_are_zero_before_the_first_look_up(self, cache: PlanCache) -> None:
        assert cache.stats() == {
            "hits": 0, "misses": 0, "hit_rate": 0.0, "l1_hits": 0, "l2_hits": 0, "l2_errors": 0,
        }  # fmt: skip

    async def test_hits_and_misses_are_counted(self, cache: PlanCache) -> None:
        await cache.get("k")
        await cache.put("k", outline())
        for _ in range(3):
            await cache.get("k")
        stats = cache.stats()
        assert (stats["hits"], stats["misses"], stats["hit_rate"]) == (3, 1, 0.75)

    async def test_one_of_many_is_told_none_and_the_others_get_what_it_puts(self, cache: PlanCache) -> None:
        assert await cache.get("k") is None
        others = [asyncio.create_task(cache.get("k")) for _ in range(20)]
        await self.settle()
        assert not any(other.done() for other in others)
        await cache.put("k", outline())
        async with asyncio.timeout(PROMPTLY):
            assert await asyncio.gather(*others) == [outline()] * 20

    async def test_of_many_who_ask_at_once_one_is_told_none(self, cache: PlanCache) -> None:
        asked = [asyncio.create_task(cache.get("k")) for _ in range(20)]
        await self.settle()
        assert [task.result() for task in asked if task.done()] == [None]
        await cache.put("k", outline())
        async with asyncio.timeout(PROMPTLY):
            answers = await asyncio.gather(*asked)
        assert answers.count(None) == 1

    async def test_when_the_holder_gives_up_exactly_one_other_goes(self, cache: PlanCache) -> None:
        assert await cache.get("k") is None
        others = [asyncio.create_task(cache.get("k")) for _ in range(5)]
        for gone in range(1, 6):
            await self.settle()
            assert sum(other.done() for other in others) == gone - 1
            await cache.forget("k")
            await self.settle()
            assert sum(other.done() for other in others) == gone
        assert [other.result() for other in others] == [None] * 5

    async def test_a_waiter_that_is_cancelled_takes_nothing_with_it(self, cache: PlanCache) -> None:
        assert await cache.get("k") is None
        waiting = [asyncio.create_task(cache.get("k")) for _ in range(3)]
        await self.settle()
        waiting[0].cancel()
        await asyncio.wait({waiting[0]})
        await cache.put("k", outline())
        async with asyncio.timeout(PROMPTLY):
            assert await asyncio.gather(*waiting[1:]) == [outline()] * 2

    async def test_nobody_waits_for_another_key(self, cache: PlanCache) -> None:
        assert await cache.get("a") is None
        async with asyncio.timeout(PROMPTLY):
            assert await cache.get("b") is None

    async def test_forgetting_what_nobody_holds_is_harmless(self, cache: PlanCache) -> None:
        await cache.forget("never asked")
        await cache.put("k", outline())
        await cache.forget("k")
        assert await cache.get("k") == outline()

    async def test_a_key_can_be_held_again_after_it_was_given_back(self, cache: PlanCache) -> None:
        for _ in range(2):
            async with asyncio.timeout(PROMPTLY):
                assert await cache.get("k") is None
            await cache.forget("k")
