"""The two levels over a real Valkey: alone, between caches, and while Valkey dies, freezes or holds rubbish."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from subprocess import PIPE

import pytest
from structlog.testing import capture_logs

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.signing import Keyring
from groundplan.stores.cache import TwoLevelPlanCache
from groundplan.stores.cache.circuit_breaker import CircuitBreaker
from groundplan.stores.cache.guarded_redis import GuardedRedis
from groundplan.stores.cache.redis_outlines import RedisOutlines
from groundplan.stores.cache.sealed_outlines import sealed
from tests.contracts.plan_cache import PlanCacheContract
from tests.outlines import outline
from tests.valkey_process import ValkeyProcess

HANG = 20.0
"""A guard against hanging, in seconds."""

STORED = "groundplan:plan:k"
LOCK = "groundplan:plan:k:lock"

RING = Keyring({"k1": b"1" * 32}, "k1")

MakeCache = Callable[..., TwoLevelPlanCache]


@pytest.fixture(scope="module")
def server() -> Iterator[ValkeyProcess]:
    server = ValkeyProcess()
    yield server
    server.remove()


@pytest.fixture
def valkey(server: ValkeyProcess) -> ValkeyProcess:
    """Running and empty, whatever the test before did to it."""
    server.start_anew()
    return server


@pytest.fixture
async def make_cache(valkey: ValkeyProcess) -> AsyncIterator[MakeCache]:
    """Caches like those of several processes: each with its own first level, all on one Valkey."""
    made = []

    def make(ttl_seconds: float = 3600.0, **options: object) -> TwoLevelPlanCache:
        made.append(TwoLevelPlanCache(ttl_seconds, redis_url=valkey.url, **({"keyring": RING} | options)))
        return made[-1]

    yield make
    for cache in made:
        await cache.aclose()


class TestBothLevels(PlanCacheContract):
    @pytest.fixture
    def cache(self, make_cache: MakeCache) -> TwoLevelPlanCache:
        return make_cache()


class TestBetweenProcesses:
    async def test_what_one_puts_another_finds(self, make_cache: MakeCache) -> None:
        one, other = make_cache(), make_cache()
        await one.put("k", outline())
        assert await other.get("k") == outline()
        assert (other.stats()["l1_hits"], other.stats()["l2_hits"]) == (0, 1)
        assert await other.get("k") == outline()
        assert (other.stats()["l1_hits"], other.stats()["l2_hits"]) == (1, 1)

    async def test_it_lives_for_the_time_to_live_and_not_longer_on_the_second_first_level(
        self, make_cache: MakeCache, valkey: ValkeyProcess
    ) -> None:
        one, other = make_cache(0.4), make_cache(3600)
        await one.put("k", outline())
        await asyncio.sleep(0.2)
        assert await other.get("k") == outline()
        await asyncio.sleep(0.3)
        assert STORED not in valkey.key_names()
        assert await other.get("k") is None

    async def test_the_default_time_to_live_is_an_hour(self, make_cache: MakeCache, valkey: ValkeyProcess) -> None:
        await make_cache().put("k", outline())
        seconds = int(valkey.ask("TTL", STORED).strip(b":\r\n"))
        assert 3590 < seconds <= 3600

    async def test_one_makes_an_outline_and_the_other_waits_for_it(self, make_cache: MakeCache) -> None:
        one, other = make_cache(), make_cache()
        assert await one.get("k") is None
        waiting = asyncio.create_task(other.get("k"))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        await one.put("k", outline())
        async with asyncio.timeout(HANG):
            assert await waiting == outline()

    async def test_when_one_gives_up_the_other_goes(self, make_cache: MakeCache) -> None:
        one, other = make_cache(), make_cache()
        assert await one.get("k") is None
        waiting = asyncio.create_task(other.get("k"))
        await asyncio.sleep(0.2)
        await one.forget("k")
        async with asyncio.timeout(HANG):
            assert await waiting is None
        again = asyncio.create_task(one.get("k"))
        await other.put("k", outline())
        async with asyncio.timeout(HANG):
            assert await again == outline()

    async def test_a_lock_is_kept_for_as_long_as_its_holder_works(self, valkey: ValkeyProcess) -> None:
        slow, other = _second_level(valkey), _second_level(valkey)
        await slow.claim("k")
        await asyncio.sleep(1.0)
        assert (await other.claim("k")).is_taken
        await slow.aclose()
        assert not (await other.claim("k")).is_taken
        await other.aclose()

    async def test_a_lock_of_one_that_forgot_it_ends(self, valkey: ValkeyProcess) -> None:
        forgetful, other = _second_level(valkey, hold_seconds=0.2), _second_level(valkey)
        await forgetful.claim("k")
        await asyncio.sleep(1.5)
        assert not (await other.claim("k")).is_taken
        await forgetful.aclose()
        await other.aclose()

    async def test_nobody_waits_longer_than_the_patience(self, make_cache: MakeCache) -> None:
        one, other = make_cache(), make_cache(patience_seconds=0.3)
        assert await one.get("k") is None
        async with asyncio.timeout(HANG):
            assert await other.get("k") is None

    async def test_a_holder_that_was_cancelled_while_it_waited_lets_the_next_one_go(
        self, make_cache: MakeCache
    ) -> None:
        one, other = make_cache(), make_cache()
        assert await one.get("k") is None
        first = asyncio.create_task(other.get("k"))
        second = asyncio.create_task(other.get("k"))
        await asyncio.sleep(0.2)
        first.cancel()
        await asyncio.wait({first})
        await one.put("k", outline())
        async with asyncio.timeout(HANG):
            assert await second == outline()

    async def test_a_process_that_is_killed_lets_the_next_one_go(
        self, make_cache: MakeCache, valkey: ValkeyProcess
    ) -> None:
        script = (
            "import asyncio, sys\n"
            "from groundplan.stores.cache import TwoLevelPlanCache\n"
            "async def hold():\n"
            "    print(await TwoLevelPlanCache(redis_url=sys.argv[1]).get('k'), flush=True)\n"
            "    await asyncio.sleep(60)\n"
            "asyncio.run(hold())\n"
        )
        holder = await asyncio.create_subprocess_exec(sys.executable, "-c", script, valkey.url, stdout=PIPE)
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"None\n"
        waiting = asyncio.create_task(make_cache().get("k"))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        holder.kill()
        await holder.wait()
        async with asyncio.timeout(HANG):
            assert await waiting is None


class TestWhatIsNotShared:
    async def test_it_stays_in_the_process_and_redis_hears_nothing_of_it(
        self, make_cache: MakeCache, valkey: ValkeyProcess
    ) -> None:
        cache, other = make_cache(), make_cache()
        assert await cache.get("k", shared=False) is None
        await cache.put("k", outline(), shared=False)
        assert await cache.get("k", shared=False) == outline()
        assert await other.get("k", shared=False) is None
        assert valkey.key_names() == set()

    async def test_one_of_a_process_makes_it_all_the_same(self, make_cache: MakeCache) -> None:
        cache = make_cache()
        assert await cache.get("k", shared=False) is None
        waiting = asyncio.ensure_future(cache.get("k", shared=False))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await cache.forget("k")
        assert await waiting is None


class TestRubbish:
    @pytest.mark.parametrize("value", ["", "{", "[]", '{"steps": 3}', "\ud83d null".encode("utf-8", "replace")])
    async def test_a_value_that_is_no_outline_is_a_miss_and_deleted(
        self, make_cache: MakeCache, valkey: ValkeyProcess, value: str | bytes
    ) -> None:
        valkey.ask("SET", STORED, value if isinstance(value, str) else value.decode())
        cache = make_cache()
        with capture_logs() as logs:
            assert await cache.get("k") is None
        assert [entry["event"] for entry in logs] == ["cached_outline_not_ours"]
        assert valkey.key_names() == {LOCK}
        assert cache.stats()["l2_errors"] == 1
        assert cache.redis_status == "ok"

    async def test_a_key_of_another_type_is_a_miss_and_deleted(
        self, make_cache: MakeCache, valkey: ValkeyProcess
    ) -> None:
        valkey.ask("RPUSH", STORED, "x")
        cache = make_cache()
        assert await cache.get("k") is None
        await cache.put("k", outline())
        assert await make_cache().get("k") == outline()

    async def test_a_value_without_a_time_to_live_is_kept_for_ours(
        self, make_cache: MakeCache, valkey: ValkeyProcess
    ) -> None:
        valkey.ask("SET", STORED, sealed("k", outline(), RING).decode())
        assert await make_cache().get("k") == outline()

    @pytest.mark.parametrize(
        ("key", "ring"),
        [
            ("other", RING),
            ("k", Keyring({"k1": b"2" * 32}, "k1")),
            ("k", Keyring({"k2": b"1" * 32}, "k2")),
            ("k", None),
        ],
    )
    async def test_what_others_put_there_or_copied_from_elsewhere_is_not_believed(
        self, make_cache: MakeCache, valkey: ValkeyProcess, key: str, ring: Keyring | None
    ) -> None:
        forged = sealed(key, outline(), ring).decode() if ring else outline().model_dump_json()
        valkey.ask("SET", STORED, forged)
        cache = make_cache()
        with capture_logs() as logs:
            assert await cache.get("k") is None
        assert [entry["event"] for entry in logs] == ["cached_outline_not_ours"]
        assert cache.stats()["l2_errors"] == 1
        await cache.put("k", outline())
        assert await make_cache().get("k") == outline()

    async def test_a_step_added_to_what_was_sealed_is_noticed(
        self, make_cache: MakeCache, valkey: ValkeyProcess
    ) -> None:
        value = sealed("k", outline(), RING).decode()
        valkey.ask("SET", STORED, value.replace('"steps":[{', '"steps":[{"optional":true,', 1))
        assert await make_cache().get("k") is None

    async def test_what_was_sealed_by_a_key_before_is_still_read(
        self, make_cache: MakeCache, valkey: ValkeyProcess
    ) -> None:
        rotated = Keyring({"k2": b"2" * 32, "k1": b"1" * 32}, "k2")
        valkey.ask("SET", STORED, sealed("k", outline(), RING).decode())
        assert await make_cache(keyring=rotated).get("k") == outline()

    async def test_what_was_sealed_but_is_no_outline_any_more_is_a_miss(
        self, make_cache: MakeCache, valkey: ValkeyProcess
    ) -> None:
        unlike = outline().model_construct(steps=[])
        valkey.ask("SET", STORED, sealed("k", unlike, RING).decode())
        with capture_logs() as logs:
            assert await make_cache().get("k") is None
        assert [entry["event"] for entry in logs] == ["cached_outline_corrupt"]

    async def test_without_a_keyring_only_its_own_are_believed(self, make_cache: MakeCache) -> None:
        one = make_cache(keyring=None)
        await one.put("k", outline())
        assert await make_cache(keyring=None).get("k") is None


class TestBadDays:
    async def test_redis_that_was_never_there_leaves_the_first_level(self, valkey: ValkeyProcess) -> None:
        valkey.kill()
        cache = TwoLevelPlanCache(redis_url=valkey.url)
        with capture_logs() as logs:
            await _uses_first_level(cache)
        assert [entry["event"] for entry in logs] == ["redis_unavailable"]
        assert logs[0]["log_level"] == "warning"
        assert cache.redis_status == "down"
        await cache.aclose()

    async def test_redis_killed_in_mid_use_leaves_the_first_level(
        self, make_cache: MakeCache, valkey: ValkeyProcess
    ) -> None:
        cache = make_cache()
        await cache.put("before", outline())
        assert await cache.get("k") is None
        valkey.kill()
        with capture_logs() as logs:
            await cache.put("k", outline())
            assert await cache.get("k") == outline()
            assert await cache.get("before") == outline()
            await _uses_first_level(cache)
        assert [entry["event"] for entry in logs] == ["redis_unavailable"]

    async def test_redis_frozen_in_mid_use_is_waited_for_once(
        self, make_cache: MakeCache, valkey: ValkeyProcess
    ) -> None:
        cache = make_cache()
        await cache.put("before", outline())
        valkey.freeze()
        with capture_logs() as logs:
            async with asyncio.timeout(HANG):
                assert await asyncio.gather(*(cache.get(f"n{n}") for n in range(50))) == [None] * 50
                for number in range(50, 100):
                    assert await cache.get(f"n{number}") is None
        assert [entry["event"] for entry in logs] == ["redis_unavailable"]
        assert cache.stats()["l2_errors"] <= 50
        valkey.thaw()

    async def test_answers_that_come_late_are_not_taken_for_answers_to_something_else(
        self, make_cache: MakeCache, valkey: ValkeyProcess
    ) -> None:
        other = make_cache()
        for number in range(20):
            await other.put(f"n{number}", outline(f"N{number}"))
        cache = make_cache()
        await asyncio.gather(*(cache.get(f"n{number}") for number in range(5)))
        valkey.freeze()
        await asyncio.gather(*(cache.get(f"n{number}") for number in range(5, 12)))
        valkey.thaw()
        for number in range(5, 12):
            await cache.forget(f"n{number}")
        await _until_up(cache)
        found = await asyncio.gather(*(cache.get(f"n{number}") for number in range(20)))
        assert found == [outline(f"N{number}") for number in range(20)]

    async def test_redis_that_comes_back_is_used_again(self, make_cache: MakeCache, valkey: ValkeyProcess) -> None:
        cache = make_cache()
        await cache.put("before", outline())
        valkey.kill()
        await cache.put("during", outline())
        assert cache.redis_status == "down"
        valkey.start()
        with capture_logs() as logs:
            await _until_up(cache)
        assert [entry["event"] for entry in logs] == ["redis_back"]
        await cache.put("after", outline())
        assert await make_cache().get("after") == outline()

    async def test_a_restart_between_two_uses_is_not_noticed(
        self, make_cache: MakeCache, valkey: ValkeyProcess
    ) -> None:
        cache = make_cache()
        await cache.put("before", outline())
        valkey.kill()
        valkey.start()
        with capture_logs() as logs:
            await cache.put("after", outline())
        assert logs == []
        assert await make_cache().get("after") == outline()

    async def test_one_that_waits_for_another_process_goes_when_redis_dies(
        self, make_cache: MakeCache, valkey: ValkeyProcess
    ) -> None:
        one, other = make_cache(), make_cache()
        assert await one.get("k") is None
        waiting = asyncio.create_task(other.get("k"))
        await asyncio.sleep(0.2)
        valkey.kill()
        async with asyncio.timeout(HANG):
            assert await waiting is None

    async def test_a_redis_that_refuses_to_write_is_no_error(
        self, make_cache: MakeCache, valkey: ValkeyProcess
    ) -> None:
        valkey.ask("CONFIG", "SET", "maxmemory", "1")
        cache = make_cache()
        await _uses_first_level(cache)
        assert cache.stats()["l2_errors"] >= 1

    async def test_a_password_is_not_in_the_log(self, valkey: ValkeyProcess) -> None:
        cache = TwoLevelPlanCache(redis_url="redis://user:hush-hush@127.0.0.1:1/0")
        with capture_logs() as logs:
            await _uses_first_level(cache)
        assert logs[0]["redis"] == "127.0.0.1:1"
        assert "hush" not in str(logs)
        with pytest.raises(PlanningError) as down:
            await cache.ping_redis()
        assert "hush" not in str(down.value.to_dict())
        await cache.aclose()

    async def test_ping_says_whether_it_is_there(self, make_cache: MakeCache, valkey: ValkeyProcess) -> None:
        cache = make_cache()
        await cache.ping_redis()
        valkey.freeze()
        with pytest.raises(PlanningError) as down:
            async with asyncio.timeout(HANG):
                await cache.ping_redis()
        assert down.value.code is ErrorCode.CACHE_FAILED
        assert "no answer in time" in down.value.message
        assert cache.redis_status == "down"
        valkey.thaw()
        await cache.ping_redis()
        assert cache.redis_status == "ok"

    async def test_a_stalled_event_loop_is_not_blamed_on_redis(self, valkey: ValkeyProcess) -> None:
        guarded = GuardedRedis(valkey.url, timeout_seconds=0.05)

        async def slow_for_a_reason_of_our_own() -> None:
            import time

            time.sleep(0.2)  # noqa: ASYNC251  the stall is what is tested
            await asyncio.sleep(0.01)

        with capture_logs() as logs:
            await guarded.call(slow_for_a_reason_of_our_own, None)
        assert guarded.is_up
        assert logs == []
        await guarded.aclose()


async def _uses_first_level(cache: TwoLevelPlanCache) -> None:
    async with asyncio.timeout(HANG):
        assert await cache.get("mine") is None
        await cache.put("mine", outline())
        assert await cache.get("mine") == outline()


async def _until_up(cache: TwoLevelPlanCache) -> None:
    async with asyncio.timeout(HANG):
        while cache.redis_status != "ok":
            await cache.put("probe", outline())
            await asyncio.sleep(0.1)


def _second_level(valkey: ValkeyProcess, *, hold_seconds: float = 60.0) -> RedisOutlines:
    redis = GuardedRedis(valkey.url, breaker=CircuitBreaker(0.1))
    return RedisOutlines(redis, RING, ttl_seconds=60, hold_seconds=hold_seconds, lock_seconds=0.3)
