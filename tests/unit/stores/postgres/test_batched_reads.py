"""Looking up many things at once: what is asked for meanwhile goes into the next query."""

import asyncio

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.postgres.batched_reads import BatchedReads


class Query:
    """Gives each key back twice over, once it is let; keeps the batches it was asked for."""

    def __init__(self):
        self.batches = []
        self.go_on = asyncio.Event()
        self.error = None

    async def __call__(self, keys):
        self.batches.append(list(keys))
        await self.go_on.wait()
        if self.error is not None:
            raise self.error
        return [key * 2 for key in keys]


async def asked(reads, *keys):
    tasks = [asyncio.create_task(reads.get(key)) for key in keys]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_each_gets_its_own_answer_and_those_who_come_meanwhile_share_a_query():
    query = Query()
    reads = BatchedReads(query)
    first = await asked(reads, "a")
    others = await asked(reads, "b", "c", "b")
    query.go_on.set()
    assert await asyncio.gather(*first, *others) == ["aa", "bb", "cc", "bb"]
    assert query.batches == [["a"], ["b", "c", "b"]]


async def test_a_query_has_no_more_keys_than_it_may():
    query = Query()
    query.go_on.set()
    reads = BatchedReads(query, most=2)
    assert await asyncio.gather(*(reads.get(key) for key in "abcde")) == ["aa", "bb", "cc", "dd", "ee"]
    assert max(map(len, query.batches)) == 2


async def test_what_goes_wrong_reaches_all_of_the_query_and_nobody_after():
    query = Query()
    query.error = PlanningError(ErrorCode.STORE_UNAVAILABLE, "away")
    reads = BatchedReads(query)
    tasks = await asked(reads, "a", "b")
    query.go_on.set()
    assert {type(error) for error in await asyncio.gather(*tasks, return_exceptions=True)} == {PlanningError}
    query.error = None
    assert await reads.get("c") == "cc"


async def test_who_was_cancelled_leaves_the_others_their_answers():
    query = Query()
    reads = BatchedReads(query)
    gone, stays = await asked(reads, "a", "b")
    gone.cancel()
    query.go_on.set()
    assert await stays == "bb"
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_nobody_waits_for_ever_when_the_looking_up_is_cancelled():
    query = Query()
    reads = BatchedReads(query)
    (waiting,) = await asked(reads, "a")
    reads._asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    query.go_on.set()
    assert await reads.get("b") == "bb"
