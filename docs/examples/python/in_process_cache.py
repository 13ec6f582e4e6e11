"""Cache-aside in this process: CacheAside by libcache's C interface. No round trip, and each process
has a cache of its own. Open it after a fork, not before."""
import json

from libcache import Cache

from cache_aside import TTL, CacheAside


class InProcessCache(CacheAside):
    def __init__(self, max_memory):
        """`max_memory`: bytes, at least 1 MiB."""
        self._cache = Cache(max_memory=max_memory)

    def get_or_compute(self, key, compute, ttl=TTL):
        """A thread that waits for another's computation gets a CacheError if that fails."""
        found = self._cache.get_or_compute(key.encode(), lambda: json.dumps(compute()).encode(), ttl)
        return json.loads(found)

    def delete(self, key):
        self._cache.delete(key.encode())

    def health(self):
        stats = self._cache.stats()
        return {"cache": "up", "entries": stats["entries"], "memory": stats["memory"]}

    def close(self):
        self._cache.close()
