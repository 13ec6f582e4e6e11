#!/usr/bin/env python3
"""docs/examples/python in process. LIBCACHE_C names the shared library."""
import ctypes
import json
import os
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "docs/examples/python"), str(ROOT / "libcache/examples/python")]
from cache_aside import key_of, open_cache  # noqa: E402
from libcache import Cache, CacheError  # noqa: E402


class InProcess(unittest.TestCase):
    def setUp(self):
        self.cache = open_cache("in-process:8388608")
        self.addCleanup(self.cache.close)
        self.computed = []

    def predict(self, *arguments):
        self.computed.append(arguments)
        return {"of": arguments}

    def test_a_decorated_function_runs_once_for_the_same_arguments(self):
        predict = self.cache.cached("prediction")(self.predict)
        for _ in range(2):
            self.assertEqual(predict("a\x00b", 1), {"of": ["a\x00b", 1]})
        self.assertEqual(self.computed, [("a\x00b", 1)])

    def test_different_calls_have_different_keys(self):
        self.assertNotEqual(key_of("p", ("a:b", "c")), key_of("p", ("a", "b:c")))
        self.assertNotEqual(key_of("p", ("1",)), key_of("p", (1,)))

    def test_nothing_is_a_value_too(self):
        for _ in range(2):
            self.assertIsNone(self.cache.get_or_compute("k", lambda: self.computed.append(1)))
        self.assertEqual(len(self.computed), 1)

    def test_threads_compute_once(self):
        entered, waiting = threading.Event(), threading.Barrier(9)

        def compute():
            entered.set()
            waiting.wait(30)  # until all others are about to ask: the interpreter's lock is free
            return self.predict("k")

        def ask():
            waiting.wait(30)
            return self.cache.get_or_compute("k", compute)

        with ThreadPoolExecutor(9) as pool:
            first = pool.submit(self.cache.get_or_compute, "k", compute)
            self.assertTrue(entered.wait(30))
            others = [pool.submit(ask) for _ in range(8)]
            self.assertEqual([one.result(30) for one in [first, *others]], [{"of": ["k"]}] * 9)
        self.assertEqual(len(self.computed), 1)

    def test_an_exception_comes_through_and_is_not_stored(self):
        with self.assertRaises(ZeroDivisionError):
            self.cache.get_or_compute("k", lambda: 1 // 0)
        self.assertEqual(self.cache.get_or_compute("k", lambda: 2), 2)

    def test_what_json_cannot_say_is_an_error(self):
        with self.assertRaises(TypeError):
            self.cache.get_or_compute("k", object)

    def test_what_is_deleted_meanwhile_is_returned_but_not_stored(self):
        def compute():
            self.cache.delete("k")
            return self.predict("k")

        self.cache.get_or_compute("k", compute)
        self.cache.get_or_compute("k", compute)
        self.assertEqual(len(self.computed), 2)

    def test_it_keeps_to_its_memory(self):
        for i in range(200):
            self.cache.get_or_compute(f"k{i}", lambda: "x" * 100_000)
        health = self.cache.health()
        self.assertLessEqual(health["memory"], 8 << 20)
        self.assertGreater(health["entries"], 40)
        self.assertLess(health["entries"], 200)

    def test_what_is_no_url_is_refused(self):
        for url in "in-process:", "in-process:64mb", "in-process:-1":
            with self.assertRaises(ValueError, msg=url):
                open_cache(url)


class App(unittest.TestCase):
    def test_the_app_computes_once_for_requests_at_the_same_time(self):
        with tempfile.TemporaryFile("w+") as log, subprocess.Popen(
                [sys.executable, ROOT / "docs/examples/python/app.py", "0"], text=True,
                stdout=subprocess.PIPE, stderr=log,
                env=os.environ | {"CACHE_URL": "in-process:8388608", "PREDICTION_SECONDS": "0.3",
                                  "PYTHONPATH": str(ROOT / "libcache/examples/python")}) as process:
            self.addCleanup(process.kill)
            url = "http://127.0.0.1:" + process.stdout.readline().split()[-1]

            def get(path):
                with urllib.request.urlopen(url + path, timeout=30) as answer:
                    return json.load(answer)

            with ThreadPoolExecutor(4) as pool:
                answers = list(pool.map(lambda _: get("/api/predictions/spread/KC-DEN"), range(4)))
            self.assertEqual({answer["game"] for answer in answers}, {"KC-DEN"})
            self.assertEqual(get("/health")["entries"], 1)
            process.terminate()
            self.assertEqual(process.wait(30), 0)
            log.seek(0)
            self.assertEqual(log.read().count("computing spread of KC-DEN"), 1)


class Binding(unittest.TestCase):
    def test_a_closed_cache_is_an_error_not_a_crash(self):
        cache = Cache()
        cache.close()
        with self.assertRaises(CacheError):
            cache.get(b"k")

    def test_what_are_no_bytes_is_refused(self):
        with Cache() as cache:
            for key, value in ("text", b"v"), (b"k", "text"), (bytearray(b"k"), b"v"), (b"k", 1):
                with self.assertRaises((TypeError, ctypes.ArgumentError), msg=(key, value)):
                    cache.set(key, value)
            self.assertEqual(cache.stats()["entries"], 0)

    def test_large_values_are_bytes_of_their_own(self):
        with Cache(max_memory=8 << 20) as cache:
            large = bytes(range(256)) * 4096
            cache.set(b"k", large)
            found = cache.get(b"k")
            cache.set(b"k", b"\0" * len(large))
        self.assertEqual(found, large)

    def test_threads_read_and_write_at_the_same_time(self):
        def work(cache, thread):
            for i in range(2000):
                key = b"%d" % (i % 50)
                cache.set(key, key * 1000)
                found = cache.get(key)
                if found is not None and found != key * 1000:
                    return f"{thread} found {found[:20]}"
                if i % 7 == thread:
                    cache.delete(key)
            return None

        with Cache(max_memory=4 << 20) as cache, ThreadPoolExecutor(4) as pool:
            self.assertEqual(list(pool.map(lambda thread: work(cache, thread), range(4))), [None] * 4)

    def test_a_wait_ends_in_time(self):
        entered, leave = threading.Event(), threading.Event()

        def compute():
            entered.set()
            leave.wait(30)
            return b"v"

        with Cache() as cache, ThreadPoolExecutor(1) as pool:
            first = pool.submit(cache.get_or_compute, b"k", compute)
            self.assertTrue(entered.wait(30))
            with self.assertRaises(CacheError):
                cache.get_or_compute(b"k", compute, timeout=0.001)
            leave.set()
            self.assertEqual(first.result(30), b"v")


if __name__ == "__main__":
    unittest.main()
