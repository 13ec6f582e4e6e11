"""Cache-aside in a server, for all processes that use it: CacheAside by redis-py."""
import json
import logging
import secrets
import threading
import time

import redis

from cache_aside import TTL, CacheAside

log = logging.getLogger(__name__)


class ServerCache(CacheAside):
    """One process computes, the others wait: who sets the key's lease does. Without the server
    everybody computes for himself, and it is asked again after `retry_seconds`."""

    def __init__(self, url, lease_seconds=60, timeout=1.0, retry_seconds=1.0):
        """`lease_seconds`: after it another process begins to compute too; what takes longer than
        three quarters of it is not stored. `timeout`: seconds to wait for the server."""
        options = {"socket_timeout": timeout}
        if not url.startswith("unix:"):
            options["socket_connect_timeout"] = timeout
        if url.startswith("rediss:"):
            options["ssl_check_hostname"] = True
        self._server = redis.Redis.from_url(url, **options)
        self._lease_seconds = lease_seconds
        self._retry_seconds = retry_seconds
        self._lock = threading.Lock()
        self._down_until = self._silent_until = 0.0  # of time.monotonic()

    def get_or_compute(self, key, compute, ttl=TTL):
        try:
            self._refuse_while_down()
            value, lease = self._find_or_lease(key)
        except redis.RedisError as error:
            self._failed(error)
            return compute()
        if lease is None:
            return value
        try:
            result = compute()
            text = json.dumps(result)
        except BaseException:
            self._quietly(lease.release)
            raise
        self._quietly(lambda: lease.store_and_release(text, ttl))
        return result

    def delete(self, key):
        self._server.delete(_name_of_lease(key), key)

    def health(self):
        try:
            self._server.ping()
            return {"cache": "up"}
        except redis.RedisError as error:
            return {"cache": "down", "why": str(error)}

    def close(self):
        self._server.close()
        self._server.connection_pool.disconnect()

    def _find_or_lease(self, key):
        """The value and None, or None and the lease to compute it under."""
        deadline = time.monotonic() + self._lease_seconds
        pause = 0.002
        while True:
            found = self._read(key)
            if found is not None:
                return found[0], None
            lease = Lease(self._server, key, self._lease_seconds)
            if lease.take():
                # Whoever had it before may have stored the value since.
                found = self._read(key)
                if found is None:
                    return None, lease
                lease.release()
                return found[0], None
            if time.monotonic() > deadline:
                raise redis.RedisError(f"others compute {key} for too long")
            time.sleep(pause)
            pause = min(2 * pause, 0.1)

    def _read(self, key):
        """A tuple of the value, or None. What is no JSON, another program has left: it is missed."""
        text = self._server.get(key)
        try:
            return None if text is None else (json.loads(text),)
        except ValueError:
            log.warning("%s is no JSON", key)
            return None

    # --- Without the server

    def _refuse_while_down(self):
        with self._lock:
            if time.monotonic() < self._down_until:
                raise redis.RedisError("the server was down a moment ago")

    def _failed(self, error):
        """A server that does not answer is left alone for a while; one that refuses something is not."""
        with self._lock:
            now = time.monotonic()
            if isinstance(error, (redis.ConnectionError, redis.TimeoutError)):
                self._down_until = now + self._retry_seconds
            if now < self._silent_until:
                return
            self._silent_until = now + self._retry_seconds
        log.warning("computing without the cache: %s", error)

    def _quietly(self, action):
        try:
            action()
        except redis.RedisError as error:
            self._failed(error)


class Lease:
    """The right to compute a key, for one process and a limited time: a key beside it, with a token
    that nobody else has. Plain commands do: Sideline has no scripts and no transactions."""

    def __init__(self, server, key, seconds):
        self._server, self._key, self._seconds = server, key, seconds
        self._token = secrets.token_bytes(16)

    def take(self):
        # Counted from before the request, so that it is over here no later than there.
        self._end = time.monotonic() + self._seconds
        return bool(self._server.set(_name_of_lease(self._key), self._token, nx=True,
                                     px=int(self._seconds * 1000)))

    def _is_ours(self):
        """For a quarter of its time too, so that nobody else can have it before the next request."""
        return (time.monotonic() < self._end - self._seconds / 4
                and self._server.get(_name_of_lease(self._key)) == self._token)

    def release(self):
        """Never another's: one that may be over is left to its deadline."""
        if self._is_ours():
            self._server.delete(_name_of_lease(self._key))

    def store_and_release(self, text, ttl):
        if not self._is_ours():
            log.warning("%s is not stored: it was deleted, or took longer than its lease", self._key)
            return
        with self._server.pipeline(transaction=False) as requests:
            requests.set(self._key, text, px=int(ttl * 1000))
            requests.delete(_name_of_lease(self._key))
            requests.execute()


def _name_of_lease(key):
    return "lease:" + key
