import asyncio

from groundplan.stores.cache.single_flight import SingleFlight


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_key_is_taken_once() -> None:
    flights = SingleFlight(60)
    assert flights.take("k", flights.deadline())
    assert not flights.take("k", flights.deadline())
    assert flights.take("other", flights.deadline())


def test_a_key_that_was_given_back_can_be_taken() -> None:
    flights = SingleFlight(60)
    flights.take("k", flights.deadline())
    flights.release("k")
    assert len(flights) == 0
    assert flights.take("k", flights.deadline())


def test_a_holder_that_says_nothing_loses_the_key_when_its_time_is_over() -> None:
    clock = Clock()
    flights = SingleFlight(60, clock=clock)
    flights.take("k", flights.deadline())
    clock.now = 30.0
    late = flights.deadline()
    clock.now = 59.9
    assert not flights.take("k", late)
    clock.now = 60.0
    assert flights.take("k", late)
    assert not flights.take("k", flights.deadline())


def test_who_has_waited_long_enough_goes_even_if_the_holder_is_new() -> None:
    clock = Clock()
    flights = SingleFlight(60, clock=clock)
    waiting_since_0 = flights.deadline()
    clock.now = 50.0
    flights.take("k", flights.deadline())
    clock.now = 59.9
    assert not flights.take("k", waiting_since_0)
    clock.now = 60.0
    assert flights.take("k", waiting_since_0)


async def test_waiting_ends_when_the_key_is_given_back() -> None:
    flights = SingleFlight(60)
    flights.take("k", flights.deadline())
    waiting = asyncio.create_task(flights.wait("k", flights.deadline()))
    await asyncio.sleep(0)
    assert not waiting.done()
    flights.release("k")
    async with asyncio.timeout(5):
        await waiting


async def test_waiting_ends_when_the_time_is_over() -> None:
    flights = SingleFlight(0.05)
    flights.take("k", flights.deadline())
    async with asyncio.timeout(5):
        await flights.wait("k", flights.deadline())
    assert flights.take("k", flights.deadline())


async def test_who_took_over_is_waited_for_by_the_rest() -> None:
    clock = Clock()
    flights = SingleFlight(60, clock=clock)
    flights.take("k", flights.deadline())
    waiting = asyncio.create_task(flights.wait("k", flights.deadline()))
    await asyncio.sleep(0)
    clock.now = 60.0
    assert flights.take("k", flights.deadline())
    flights.release("k")
    async with asyncio.timeout(5):
        await waiting


async def test_nobody_waits_for_a_key_that_nobody_holds() -> None:
    flights = SingleFlight(60)
    async with asyncio.timeout(5):
        await flights.wait("k", flights.deadline())
