"""libcache for Python: libcache/c.h by ctypes, with the standard library alone.

    with Cache(max_memory=64 << 20) as cache:
        cache.set(b"game:1", b"3:2", ttl=1800)
        cache.get(b"game:1")

Keys and values are bytes; times are seconds. May be used from any thread. Environment variable
LIBCACHE_C: where the shared library is, if the loader does not find it.
"""
import ctypes
import math
import os
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_int32, c_int64, c_size_t, c_uint64, c_void_p

OK, NOT_FOUND, FAILED = 0, 1, 6
TTL_DEFAULT, TTL_FOREVER = -2**63, 2**63 - 1


class Options(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("max_memory", c_uint64), ("default_ttl_ms", c_int64),
                ("policy", c_int32), ("shards", c_int32), ("early_refresh", c_double),
                ("ttl_jitter", c_double), ("seed", c_uint64), ("now_ms", c_void_p),
                ("clock_context", c_void_p)]


class LoadOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t)] + [(name, c_int64) for name in (
        "ttl_ms", "stale_for_ms", "absent_ttl_ms", "error_ttl_ms", "timeout_ms")]


class Stats(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t)] + [(name, c_uint64) for name in (
        "hits", "misses", "sets", "deletes", "evictions", "expiries", "loads", "load_failures",
        "load_ns", "entries", "key_bytes", "value_bytes", "memory", "peak_memory", "max_memory")]


class Value(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("size", c_size_t), ("is_stale", c_int32), ("owner", c_void_p)]

    def take(self):
        """The bytes; frees the value."""
        try:
            return ctypes.string_at(self.data, self.size)
        finally:
            _c.libcache_value_free(byref(self))


_LOADER = ctypes.CFUNCTYPE(None, c_void_p, c_void_p, c_size_t, c_void_p)
_c = ctypes.CDLL(os.environ.get("LIBCACHE_C", "libcache_c.so.0"))
for _name, _result, *_arguments in (
        ("status_text", c_char_p, c_int),
        ("options_init", None, POINTER(Options), c_size_t),
        ("open", c_int, POINTER(Options), POINTER(c_void_p), POINTER(Value)),
        ("close", None, c_void_p),
        ("value_free", None, POINTER(Value)),
        ("get", c_int, c_void_p, c_char_p, c_size_t, POINTER(Value)),
        ("set", c_int, c_void_p, c_char_p, c_size_t, c_char_p, c_size_t, c_int64),
        ("delete", c_int, c_void_p, c_char_p, c_size_t),
        ("ttl", c_int, c_void_p, c_char_p, c_size_t, POINTER(c_int64)),
        ("loaded_value", c_int, c_void_p, c_char_p, c_size_t),
        ("loaded_absent", c_int, c_void_p),
        ("loaded_error", c_int, c_void_p, c_char_p, c_size_t),
        ("load_options_init", None, POINTER(LoadOptions), c_size_t),
        ("get_or_compute", c_int, c_void_p, c_char_p, c_size_t, _LOADER, c_void_p,
         POINTER(LoadOptions), POINTER(Value)),
        ("get_stats", c_int, c_void_p, POINTER(Stats), c_size_t)):
    _function = getattr(_c, "libcache_" + _name)
    _function.restype, _function.argtypes = _result, _arguments


class CacheError(Exception):
    """What went wrong in the cache, or in a loader that another call ran."""


def _check(status, value=None):
    """Whether it is OK rather than NOT_FOUND; raises the rest."""
    if status in (OK, NOT_FOUND):
        return status == OK
    message = value.take() if value is not None else b""
    raise CacheError((message or _c.libcache_status_text(status)).decode(errors="replace"))


class Cache:
    def __init__(self, **options):
        """Options are the fields of libcache_options, e.g. max_memory (bytes)."""
        chosen, why = Options(), Value()
        _c.libcache_options_init(byref(chosen), ctypes.sizeof(chosen))
        for name, value in options.items():
            if name not in dict(Options._fields_):
                raise TypeError(f"no option {name}")
            setattr(chosen, name, value)
            if getattr(chosen, name) != value:  # ctypes drops the bits that have no room
                raise ValueError(f"{name} cannot be {value}")
        self._cache = c_void_p()
        _check(_c.libcache_open(byref(chosen), byref(self._cache), byref(why)), why)

    def close(self):
        """All other calls must have returned."""
        _c.libcache_close(self._cache)
        self._cache = c_void_p()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def get(self, key):
        """The value, or None."""
        value = Value()
        found = _check(_c.libcache_get(self._cache, key, len(key), byref(value)))
        return value.take() if found else None

    def set(self, key, value, ttl=None):
        ttl_ms = TTL_DEFAULT if ttl is None else int(ttl * 1000)
        _check(_c.libcache_set(self._cache, key, len(key), value, len(value), ttl_ms))

    def delete(self, key):
        """Whether the key was there."""
        return _check(_c.libcache_delete(self._cache, key, len(key)))

    def ttl(self, key):
        """Seconds that are left, math.inf if there is no deadline; None if there is no such key."""
        left = c_int64()
        if not _check(_c.libcache_ttl(self._cache, key, len(key), byref(left))):
            return None
        return math.inf if left.value == TTL_FOREVER else left.value / 1000

    def get_or_compute(self, key, loader, ttl=None, timeout=None):
        """The value, from the cache or of loader(), which runs once for all threads that miss the
        key meanwhile. None if loader() returns None. What loader() raises is raised here, unless
        there is an older value to return; the threads that waited for it get a CacheError with its
        text."""
        raised = []

        def load(_context, _key, _key_size, loaded):
            try:
                value = loader()
                if value is None:
                    _c.libcache_loaded_absent(loaded)
                else:
                    _c.libcache_loaded_value(loaded, value, len(value))
            except BaseException as error:  # ctypes would print it and go on
                raised.append(error)
                text = repr(error).encode(errors="replace")
                _c.libcache_loaded_error(loaded, text, len(text))

        options, value = LoadOptions(), Value()
        _c.libcache_load_options_init(byref(options), ctypes.sizeof(options))
        if ttl is not None:
            options.ttl_ms = int(ttl * 1000)
        if timeout is not None:
            options.timeout_ms = int(timeout * 1000)
        status = _c.libcache_get_or_compute(self._cache, key, len(key), _LOADER(load), None,
                                            byref(options), byref(value))
        if raised and not (status == OK and isinstance(raised[0], Exception)):
            _c.libcache_value_free(byref(value))
            raise raised[0]
        return value.take() if _check(status, value) else None

    def stats(self):
        """The fields of libcache_stats by name."""
        stats = Stats()
        _check(_c.libcache_get_stats(self._cache, byref(stats), ctypes.sizeof(stats)))
        return {name: getattr(stats, name) for name, _ in Stats._fields_[1:]}
