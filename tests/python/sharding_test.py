"""Several servers and a consistent hash, as docs/operations.md says: python_door_test.sh runs it."""
import tempfile
import unittest

import redis

from server_test import Server  # which finds the example
from cache_aside import open_cache
from sharded_cache import ShardedCache

KEYS = [f"game:{number}" for number in range(1000)]


class Sharding(unittest.TestCase):
    def setUp(self):
        self.servers = []
        for _ in range(5):
            folder = tempfile.TemporaryDirectory()
            self.addCleanup(folder.cleanup)
            self.servers.append(Server(folder.name))
            self.addCleanup(self.servers[-1].close)
        self.urls = [server.urls()[2] for server in self.servers]

    def open(self, urls):
        cache = ShardedCache(urls)
        self.addCleanup(cache.close)
        return cache

    def computed(self, cache, keys=KEYS):
        """Those that were not found."""
        missed = []
        for key in keys:
            cache.get_or_compute(key, lambda: missed.append(key))
        return missed

    def keys_on(self, number):
        with redis.Redis.from_url(self.urls[number]) as server:
            return {key.decode() for key in server.keys("*")}

    def test_a_fifth_cache_takes_a_fifth_of_the_keys(self):
        self.assertEqual(self.computed(self.open(self.urls[:4])), KEYS)
        shares = [self.keys_on(number) for number in range(4)]
        self.assertEqual(sum(map(len, shares)), len(KEYS))
        for share in shares:
            self.assertGreater(len(share), len(KEYS) / 8)

        more = self.open(reversed(self.urls))  # in any order
        moved = self.computed(more)
        self.assertTrue(0.12 < len(moved) / len(KEYS) < 0.28, len(moved))
        self.assertEqual(set(moved), self.keys_on(4))
        self.assertEqual(self.computed(more), [])
        print(f"{len(moved)} of {len(KEYS)} keys moved")

    def test_one_that_is_down_costs_its_keys_alone(self):
        cache = self.open(self.urls[:4])
        self.computed(cache)
        lost = self.keys_on(0)
        self.servers[0].stop()
        with self.assertLogs("server_cache", "WARNING"):
            self.assertEqual(set(self.computed(cache)), lost)
        health = cache.health()
        self.assertEqual(health["cache"], "down")
        self.assertEqual(sorted(health["servers"].values()), ["down", "up", "up", "up"])

    def test_several_urls_are_one_setting(self):
        cache = open_cache(" ".join(self.urls))
        self.addCleanup(cache.close)
        cache.get_or_compute("k", lambda: "v")
        cache.delete("k")
        self.assertEqual(self.computed(cache, ["k"]), ["k"])
        self.assertEqual(sum("k" in self.keys_on(number) for number in range(5)), 1)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
