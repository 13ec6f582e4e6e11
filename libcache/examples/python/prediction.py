"""A prediction is computed once, however many threads ask for it."""
import math
from concurrent.futures import ThreadPoolExecutor

from libcache import Cache, CacheError

computed = []


def predict():
    computed.append(1)
    return b"50 : 30 : 20"


def fail():
    raise LookupError("no such game")


with Cache(max_memory=64 << 20) as cache:
    cache.set(b"game:1", b"3\x002", ttl=1800)
    assert cache.get(b"game:1") == b"3\x002"
    assert 1799 < cache.ttl(b"game:1") <= 1800 and cache.ttl(b"game:2") is None
    cache.set(b"game:2", b"")
    assert cache.get(b"game:2") == b"" and cache.ttl(b"game:2") == math.inf
    assert cache.delete(b"game:2")
    assert cache.delete(b"game:1") and cache.get(b"game:1") is None

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(cache.get_or_compute, b"prediction:1", predict, 1800) for _ in range(8)]
        assert {one.result() for one in asked} == {b"50 : 30 : 20"}
    assert len(computed) == 1

    assert cache.get_or_compute(b"prediction:2", lambda: None) is None
    try:
        cache.get_or_compute(b"prediction:3", fail)
        raise AssertionError("the loader's exception was lost")
    except LookupError as error:
        assert str(error) == "no such game"

    stats = cache.stats()
    assert stats["load_failures"] == 1 and stats["entries"] == 1, stats
    print("computed", len(computed), "prediction;", stats["memory"], "bytes in use")

with Cache(early_refresh=1e15) as cache:  # refreshes at every call
    assert cache.get_or_compute(b"prediction:1", predict, 1800) == b"50 : 30 : 20"
    assert cache.get_or_compute(b"prediction:1", fail, 1800) == b"50 : 30 : 20"  # the older one
    assert cache.stats()["load_failures"] == 1

try:
    Cache(max_memory=1)
    raise AssertionError("a limit of one byte was accepted")
except CacheError as error:
    print(error)
