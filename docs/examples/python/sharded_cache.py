"""Cache-aside in several servers: each key is on one of them, which a consistent hash names."""
from urllib.parse import urlsplit

from uhashring import HashRing

from cache_aside import TTL, CacheAside
from server_cache import ServerCache


class ShardedCache(CacheAside):
    """All who share the servers have to name the same ones; their order does not matter. One more of
    N+1 takes about 1/(N+1) of the keys from the others, which keep the rest. What is on a server that is
    down is computed: no other one takes its keys, as it would come back with values that are out of date."""

    def __init__(self, urls, **options):
        """`options`: of ServerCache."""
        self._caches = {_name(url): ServerCache(url, **options) for url in urls}
        # Ketama, which other languages have too: memcached's clients, twemproxy.
        self._ring = HashRing(nodes=sorted(self._caches), hash_fn="ketama")

    def get_or_compute(self, key, compute, ttl=TTL):
        return self._caches[self.node_of(key)].get_or_compute(key, compute, ttl)

    def delete(self, key):
        self._caches[self.node_of(key)].delete(key)

    def node_of(self, key):
        """The name of the server that has a key."""
        return self._ring.get_node(key)

    def health(self):
        each = {name: cache.health()["cache"] for name, cache in self._caches.items()}
        return {"cache": "up" if set(each.values()) == {"up"} else "down", "servers": each}

    def close(self):
        for cache in self._caches.values():
            cache.close()


def _name(url):
    """What tells a server from others, without the password."""
    parts = urlsplit(url)
    return parts.path if parts.scheme == "unix" else f"{parts.hostname}:{parts.port or 6379}{parts.path}"
