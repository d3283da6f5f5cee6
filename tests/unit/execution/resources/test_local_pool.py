import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.pricing_list import PriceList
from groundplan.execution.resources.allocation import ResourceKind
from groundplan.execution.resources.book import Book
from groundplan.execution.resources.pool import LocalPool
from tests.contracts.resource_provider import KINDS, PRICES, ResourceProviderContract, cpus, free
from tests.resource_values import Clock, request


class TestLocalPool(ResourceProviderContract):
    @pytest.fixture
    async def provider(self):
        return LocalPool(KINDS, prices=PriceList.read(PRICES))


async def test_capacities_by_name_are_enough():
    assert await free(LocalPool({"cpu_cores": 2})) == 2


async def test_what_is_not_limited_may_be_had_without_limit():
    pool = LocalPool({"cpu_cores": 2}, only_these=False)
    assert await pool.allocate(request(amounts={"cpu_cores": 2.0, "gpu": 1e6})) is not None
    assert await pool.allocate(request("a2", amounts={"cpu_cores": 1.0, "gpu": 1.0})) is None
    assert await pool.reallocate("a1", {"gpu": 5.0}) is not None
    assert await free(pool) == 2


async def test_more_of_a_resource_wakes_who_waits():
    pool = LocalPool({"cpu_cores": 2})
    await pool.allocate(request(amounts=cpus(2)))
    waiting = asyncio.create_task(pool.allocate(request("a2", amounts=cpus(2)), wait=5))
    await asyncio.sleep(0)
    pool.set_kind(ResourceKind(name="cpu_cores", capacity=4))
    assert await waiting is not None


async def test_a_resource_that_vanishes_refuses_who_waits_and_leaves_what_was_granted():
    pool = LocalPool({"cpu_cores": 4})
    await pool.allocate(request(amounts=cpus(4)))
    waiting = asyncio.create_task(pool.allocate(request("a2", amounts=cpus(2)), wait=5))
    await asyncio.sleep(0)
    pool.set_kind(ResourceKind(name="cpu_cores", capacity=1))
    with pytest.raises(PlanningError) as refused:
        await waiting
    assert refused.value.code is ErrorCode.RESOURCE_EXCEEDED
    assert (await free(pool), len(await pool.held("r1"))) == (0, 1)
    assert pool.remove_kind("cpu_cores")
    assert not pool.remove_kind("cpu_cores")
    with pytest.raises(PlanningError, match="no such resource"):
        await pool.allocate(request("a3"))


async def test_who_is_cancelled_while_waiting_keeps_nothing_from_others():
    pool = LocalPool({"cpu_cores": 4})
    await pool.allocate(request(amounts=cpus(3)))
    large = asyncio.create_task(pool.allocate(request("large", amounts=cpus(4)), wait=5))
    small = asyncio.create_task(pool.allocate(request("small", amounts=cpus(1)), wait=5))
    await asyncio.sleep(0)
    large.cancel()
    assert await small is not None


async def test_asking_twice_keeps_so_much_from_others_only_once():
    pool = LocalPool({"cpu_cores": 10})
    await pool.allocate(request(amounts=cpus(7)))
    twice = [asyncio.create_task(pool.allocate(request("a2", amounts=cpus(5)), wait=5)) for _ in range(2)]
    await asyncio.sleep(0)
    assert len(pool._line) == 1
    twice[0].cancel()
    await asyncio.sleep(0)
    await pool.release("a1")
    assert await twice[1] is not None
    assert await free(pool) == 5


def test_released_ids_are_remembered_but_not_for_ever(monkeypatch):
    monkeypatch.setattr("groundplan.execution.resources.book._REMEMBERED", 2)
    book = Book(KINDS)
    for name in ("a1", "a2", "a3"):
        book.release(name)
    assert book.known(request("a1"), 0.0) is None
    with pytest.raises(PlanningError):
        book.known(request("a3"), 0.0)


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["grant", "release", "renew", "change", "wait"]),
        st.integers(0, 5),
        st.dictionaries(st.sampled_from(["cpu_cores", "memory_mb", "search"]), st.floats(0.01, 5), min_size=1),
    ),
    max_size=30,
)


@given(_STEPS)
def test_never_is_more_allocated_than_there_is(steps):
    kinds = [kind.model_copy(update={"capacity": 8.0, "per_seconds": kind.per_seconds and 2.0}) for kind in KINDS]
    book, clock = Book(kinds), Clock()
    for number, (what, which, amounts) in enumerate(steps):
        if what == "grant" and book.fits(amounts, book.free(clock.now)):
            book.grant(request(f"a{number}", amounts=amounts, lease_seconds=3.0), clock.now)
        known = [one.allocation_id for one in book.held(clock.now)]
        chosen = known[which % len(known)] if known else "none"
        if what == "release":
            assert book.release(chosen) is bool(known)
        if what == "renew":
            assert book.renew([chosen], 3.0, clock.now) == set(known) & {chosen}
        if what == "change" and known:
            book.change(chosen, amounts, clock.now)
        if what == "wait":
            clock.advance(1.0)
        for name in ("cpu_cores", "memory_mb"):
            used = sum(one.amounts.get(name, 0.0) for one in book.held(clock.now))
            assert used <= 8.0 + 1e-6
            assert book.free(clock.now)[name] == pytest.approx(8.0 - used, abs=1e-6)
    clock.advance(10.0)
    assert book.free(clock.now) == {"cpu_cores": 8.0, "memory_mb": 8.0, "search": 8.0}
    assert book.next_change(clock.now) is None
