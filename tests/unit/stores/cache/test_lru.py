from hypothesis import given
from hypothesis import strategies as st

from groundplan.stores.cache.lru import LruCache


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_least_recently_used_value_goes_first() -> None:
    cache: LruCache[str] = LruCache(2, 100)
    cache.put("a", "A", ttl_seconds=9)
    cache.put("b", "B", ttl_seconds=9)
    assert cache.get("a") == "A"
    cache.put("c", "C", ttl_seconds=9)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == ("A", None, "C")


def test_a_value_lives_until_its_time_is_over_and_not_longer() -> None:
    clock = Clock()
    cache: LruCache[str] = LruCache(2, 100, clock=clock)
    cache.put("a", "A", ttl_seconds=10)
    clock.now = 9.999
    assert cache.get("a") == "A"
    clock.now = 10.0
    assert cache.get("a") is None
    assert len(cache) == 0


def test_looking_does_not_lengthen_the_time() -> None:
    clock = Clock()
    cache: LruCache[str] = LruCache(2, 100, clock=clock)
    cache.put("a", "A", ttl_seconds=10)
    for clock.now in (3.0, 6.0, 9.0):
        cache.get("a")
    clock.now = 10.0
    assert cache.get("a") is None


def test_heavy_values_push_out_light_ones() -> None:
    cache: LruCache[str] = LruCache(100, 10)
    for name in "abcd":
        cache.put(name, name, ttl_seconds=9, weight=3)
    assert [cache.get(name) for name in "abcd"] == [None, "b", "c", "d"]


def test_a_value_that_is_too_heavy_is_not_kept_and_pushes_nothing_out() -> None:
    cache: LruCache[str] = LruCache(100, 10)
    cache.put("a", "A", ttl_seconds=9, weight=3)
    cache.put("huge", "X", ttl_seconds=9, weight=11)
    assert (cache.get("a"), cache.get("huge")) == ("A", None)


def test_a_replaced_value_does_not_count_twice() -> None:
    cache: LruCache[str] = LruCache(100, 10)
    for text in ("one", "two", "three"):
        cache.put("a", text, ttl_seconds=9, weight=9)
    cache.put("b", "B", ttl_seconds=9, weight=1)
    assert (cache.get("a"), cache.get("b")) == ("three", "B")


_puts = st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 12), st.sampled_from([0, 1, 5])))


@given(puts=_puts, entries=st.integers(1, 4), weight=st.integers(1, 12))
def test_the_bounds_hold_whatever_is_put(puts: list[tuple[str, int, int]], entries: int, weight: int) -> None:
    clock = Clock()
    cache: LruCache[int] = LruCache(entries, weight, clock=clock)
    for key, heavy, ttl in puts:
        cache.put(key, heavy, ttl_seconds=ttl, weight=heavy)
        clock.now += 0.5
        kept = [value for name in "abcdef" if (value := cache.get(name)) is not None]
        assert len(kept) <= entries
        assert sum(kept) <= weight
