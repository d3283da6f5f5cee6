"""What every `ResourceProvider` keeps to. A test class inherits it and gives `provider`: 4 CPUs, 1,000 MB, 3 calls of
`search` in any 0.3 seconds, at prices of 0.5 an hour for a CPU."""

import asyncio

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.execution.resources.allocation import ResourceKind
from groundplan.execution.resources.provider import ResourceProvider
from tests.resource_values import request

KINDS = [
    ResourceKind(name="cpu_cores", capacity=4),
    ResourceKind(name="memory_mb", capacity=1000, unit="MB"),
    ResourceKind(name="search", capacity=3, per_seconds=0.3),
]
PRICES = {"resources": {"cpu_cores": 0.5}}


def cpus(amount):
    return {"cpu_cores": float(amount)}


async def free(provider, name="cpu_cores"):
    return (await provider.availability(fresh=True)).free(name)


class ResourceProviderContract:
    async def test_it_is_a_provider(self, provider):
        assert isinstance(provider, ResourceProvider)

    async def test_what_there_is_is_told(self, provider):
        there = await provider.availability()
        assert {offer.name: (offer.capacity, offer.free) for offer in there.offers} == {
            "cpu_cores": (4, 4), "memory_mb": (1000, 1000), "search": (3, 3),
        }  # fmt: skip
        assert [offer.price_per_hour for offer in there.offers] == [0.5, None, None]

    async def test_what_is_allocated_is_not_free_until_it_is_released(self, provider):
        granted = await provider.allocate(request(amounts={"cpu_cores": 3.0, "memory_mb": 10.0}))
        assert (granted.amounts, granted.owner) == ({"cpu_cores": 3.0, "memory_mb": 10.0}, "r1")
        assert (await free(provider), await free(provider, "memory_mb")) == (1, 990)
        assert await provider.release("a1")
        assert await free(provider) == 4

    async def test_allocating_again_allocates_nothing_more(self, provider):
        first = await provider.allocate(request(amounts=cpus(3)))
        again = await provider.allocate(request(amounts=cpus(3)))
        assert (first.allocation_id, again.allocation_id) == ("a1", "a1")
        assert await free(provider) == 1

    async def test_the_same_request_at_once_is_one_allocation(self, provider):
        await asyncio.gather(*(provider.allocate(request(amounts=cpus(3)), wait=1) for _ in range(5)))
        assert await free(provider) == 1
        assert len(await provider.held("r1")) == 1

    async def test_another_request_under_the_same_id_is_refused(self, provider):
        await provider.allocate(request())
        for other in (request(owner="r2"), request(amounts=cpus(2))):
            with pytest.raises(PlanningError) as refused:
                await provider.allocate(other)
            assert refused.value.code is ErrorCode.ALLOCATION_CONFLICT

    async def test_releasing_again_or_what_never_was_is_no_error(self, provider):
        await provider.allocate(request())
        assert [await provider.release("a1"), await provider.release("a1"), await provider.release("x")] == [
            True, False, False,
        ]  # fmt: skip

    async def test_a_request_that_comes_after_its_release_is_refused(self, provider):
        await provider.release("a1")
        with pytest.raises(PlanningError, match="released") as refused:
            await provider.allocate(request())
        assert refused.value.code is ErrorCode.ALLOCATION_CONFLICT
        assert await free(provider) == 4

    @pytest.mark.parametrize("amounts", [{"cpu_cores": 4.5}, {"gpu": 1.0}, {"cpu_cores": 1.0, "memory_mb": 1e9}])
    async def test_more_than_there_is_is_refused_for_good(self, provider, amounts):
        with pytest.raises(PlanningError) as refused:
            await provider.allocate(request(amounts=amounts), wait=5)
        assert (refused.value.code, refused.value.retryable) == (ErrorCode.RESOURCE_EXCEEDED, False)

    async def test_who_comes_too_late_gets_nothing_and_leaves_nothing(self, provider):
        await provider.allocate(request(amounts=cpus(3)))
        assert await provider.allocate(request("a2", amounts=cpus(2))) is None
        assert await provider.allocate(request("a3", amounts=cpus(2)), wait=0.05) is None
        assert await free(provider) == 1

    async def test_who_waits_gets_it_when_it_is_released(self, provider):
        await provider.allocate(request(amounts=cpus(4)))
        waiting = asyncio.create_task(provider.allocate(request("a2", amounts=cpus(2)), wait=5))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await provider.release("a1")
        assert (await waiting).allocation_id == "a2"

    async def test_the_more_urgent_goes_first_then_who_came_first(self, provider):
        await provider.allocate(request(amounts=cpus(4)))
        served = []

        async def asks(name, priority):
            await provider.allocate(request(name, amounts=cpus(4), priority=priority), wait=5)
            served.append(name)
            await provider.release(name)

        asking = []
        for name, priority in [("low", 2), ("mid", 5), ("high", 9), ("mid-later", 5)]:
            asking.append(asyncio.create_task(asks(name, priority)))
            await asyncio.sleep(0.05)
        await provider.release("a1")
        await asyncio.gather(*asking)
        assert served == ["high", "mid", "mid-later", "low"]

    async def test_a_large_request_is_not_starved_by_small_ones(self, provider):
        await provider.allocate(request(amounts=cpus(3)))
        large = asyncio.create_task(provider.allocate(request("large", amounts=cpus(4)), wait=5))
        await asyncio.sleep(0.05)
        assert await provider.allocate(request("small", amounts=cpus(1))) is None
        assert await provider.allocate(request("other", amounts={"memory_mb": 1.0})) is not None
        await provider.release("a1")
        assert (await large).allocation_id == "large"

    async def test_who_waits_can_be_called_off(self, provider):
        await provider.allocate(request(amounts=cpus(4)))
        waiting = asyncio.create_task(provider.allocate(request("a2", amounts=cpus(4)), wait=5))
        await asyncio.sleep(0.05)
        await provider.release("a2")
        await provider.release("a1")
        with pytest.raises(PlanningError) as refused:
            await waiting
        assert refused.value.code is ErrorCode.ALLOCATION_CONFLICT
        assert await free(provider) == 4

    async def test_what_is_not_renewed_is_free_again(self, provider):
        await provider.allocate(request(amounts=cpus(4), lease_seconds=0.3))
        await provider.allocate(request("kept", amounts={"memory_mb": 5.0}, lease_seconds=0.3))
        for _ in range(4):
            await asyncio.sleep(0.12)
            assert await provider.renew(["kept", "never"], 0.3) == {"kept"}
        assert await free(provider) == 4
        assert await provider.renew(["a1"], 60) == set()

    async def test_who_waits_gets_what_was_not_renewed(self, provider):
        await provider.allocate(request(amounts=cpus(4), lease_seconds=0.1))
        assert await provider.allocate(request("a2", amounts=cpus(4)), wait=5) is not None

    async def test_a_rate_limit_comes_back_with_time_and_not_by_release(self, provider):
        calls = {"search": 2.0}
        await provider.allocate(request(amounts=calls))
        await provider.release("a1")
        assert await provider.allocate(request("a2", amounts=calls)) is None
        assert await provider.allocate(request("a3", amounts=calls), wait=5) is not None

    async def test_all_of_an_owner_is_released_and_nothing_of_others(self, provider):
        for name in ("a1", "a2"):
            await provider.allocate(request(name))
        await provider.allocate(request("b1", owner="r2"))
        assert await provider.release_all("r1") == 2
        assert await provider.release_all("r1") == 0
        assert [one.allocation_id for one in await provider.held("r2")] == ["b1"]

    async def test_what_an_owner_waits_for_is_called_off_with_the_rest(self, provider):
        await provider.allocate(request(amounts=cpus(4)))
        waiting = asyncio.create_task(provider.allocate(request("a2", amounts=cpus(4)), wait=5))
        await asyncio.sleep(0.05)
        assert await provider.release_all("r1") == 1
        with pytest.raises(PlanningError, match="released"):
            await waiting
        assert await free(provider) == 4

    async def test_amounts_can_be_changed_if_they_fit(self, provider):
        await provider.allocate(request(amounts=cpus(2)))
        await provider.allocate(request("a2", amounts=cpus(1)))
        assert await provider.reallocate("a1", cpus(4)) is None
        assert (await provider.reallocate("a1", cpus(3))).amounts == cpus(3)
        assert await free(provider) == 0
        assert (await provider.reallocate("a1", {"memory_mb": 7.0})).amounts == {"memory_mb": 7.0}
        assert await free(provider) == 3

    async def test_who_waits_gets_what_another_needs_no_more(self, provider):
        await provider.allocate(request(amounts=cpus(4)))
        waiting = asyncio.create_task(provider.allocate(request("a2", amounts=cpus(2)), wait=5))
        await asyncio.sleep(0.05)
        await provider.reallocate("a1", cpus(2))
        assert await waiting is not None

    @pytest.mark.parametrize(("priority", "had"), [(4, False), (5, False), (6, True)])
    async def test_what_others_wait_for_is_not_had_by_asking_for_more(self, provider, priority, had):
        await provider.allocate(request(amounts=cpus(1), priority=priority))
        await provider.allocate(request("a2", amounts=cpus(2)))
        waiting = asyncio.create_task(provider.allocate(request("a3", amounts=cpus(2), priority=5), wait=5))
        await asyncio.sleep(0.05)
        assert (await provider.reallocate("a1", cpus(2)) is not None) is had
        await provider.release("a2")
        assert (await waiting).allocation_id == "a3"

    async def test_asking_again_while_waiting_is_one_place_in_line(self, provider):
        await provider.allocate(request(amounts=cpus(1)))
        await provider.allocate(request("a2", amounts=cpus(2)))
        twice = [asyncio.create_task(provider.allocate(request("a3", amounts=cpus(2)), wait=5)) for _ in range(2)]
        await asyncio.sleep(0.05)
        await provider.release("a1")
        assert [one.allocation_id for one in await asyncio.gather(*twice)] == ["a3", "a3"]
        assert await free(provider) == 0
        await provider.release("a2")
        assert await free(provider) == 2

    async def test_another_request_under_the_id_of_one_that_waits_is_refused(self, provider):
        await provider.allocate(request(amounts=cpus(4)))
        waiting = asyncio.create_task(provider.allocate(request("a2", amounts=cpus(2)), wait=5))
        await asyncio.sleep(0.05)
        with pytest.raises(PlanningError) as refused:
            await provider.allocate(request("a2", amounts=cpus(3)))
        assert refused.value.code is ErrorCode.ALLOCATION_CONFLICT
        await provider.release("a1")
        assert (await waiting).amounts == cpus(2)

    async def test_what_is_not_held_cannot_be_changed(self, provider):
        with pytest.raises(PlanningError) as refused:
            await provider.reallocate("a1", cpus(1))
        assert refused.value.code is ErrorCode.ALLOCATION_NOT_FOUND
        await provider.allocate(request())
        with pytest.raises(PlanningError) as refused:
            await provider.reallocate("a1", cpus(9))
        assert refused.value.code is ErrorCode.RESOURCE_EXCEEDED

    async def test_what_it_costs_is_told_and_what_has_no_price(self, provider):
        cost = await provider.cost({"cpu_cores": 2.0, "memory_mb": 10.0}, 1800)
        assert (cost.amount, cost.currency, cost.unpriced) == (0.5, "USD", ["memory_mb"])
