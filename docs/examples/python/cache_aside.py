"""Cache-aside: a function's result is computed once and then found, until its time is up.

    cache = open_cache(os.environ["CACHE_URL"])

    @cache.cached("prediction")
    def predict(category, game):        # arguments and result: what JSON can say
        ...

open_cache() chooses where results are kept; nothing else of a program changes:

    redis://HOST:PORT/0  rediss://HOST:PORT/0?ssl_ca_certs=FILE  unix:///PATH?db=0
                                a Sideline (or a Redis), shared by all processes
    several of them, with spaces between
                                each has a part of the keys
    in-process:BYTES            libcache in this process, which may take so many bytes
"""
import abc
import functools
import json

TTL = 30 * 60  # seconds


class CacheAside(abc.ABC):
    """May be used from any thread."""

    @abc.abstractmethod
    def get_or_compute(self, key, compute, ttl=TTL):
        """The value of a key (str), or of compute(), which runs once for all who miss the key at the
        same time. What compute() raises is raised, and nothing is stored. `ttl`: seconds."""

    @abc.abstractmethod
    def delete(self, key):
        """The next call computes. A computation that runs already is returned, but not stored."""

    @abc.abstractmethod
    def health(self):
        """A dictionary: "cache" is "up" or "down"."""

    def close(self):
        """All other calls must have returned."""

    def cached(self, name, ttl=TTL):
        """Decorates a function of positional arguments. `name` is what its keys begin with."""

        def decorate(function):
            @functools.wraps(function)
            def call(*arguments):
                return self.get_or_compute(key_of(name, arguments), lambda: function(*arguments), ttl)

            return call

        return decorate


def key_of(name, arguments):
    """No two different calls share one: ("a:b", "c") is another than ("a", "b:c")."""
    return name + ":" + json.dumps(arguments, separators=(",", ":"))


def open_cache(url):
    """Raises ValueError if the URL cannot be meant. A server that is not there yet is no error."""
    scheme, _, rest = url.partition(":")
    if scheme == "in-process":
        from in_process_cache import InProcessCache  # needs libcache's shared library
        return InProcessCache(int(rest))
    if len(urls := url.split()) > 1:
        from sharded_cache import ShardedCache  # needs redis-py and uhashring
        return ShardedCache(urls)
    from server_cache import ServerCache  # needs redis-py
    return ServerCache(url)
