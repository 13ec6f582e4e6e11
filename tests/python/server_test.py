"""docs/examples/python against servers: python_door_test.sh of tests/stack runs it, with the server
program in SERVER_UNDER_TEST and a certificate for 127.0.0.1 in the folder CERTIFICATE."""
import concurrent.futures
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request
from pathlib import Path

import redis

APP = Path(__file__).resolve().parents[2] / "docs/examples/python"
sys.path.insert(0, str(APP))
from cache_aside import open_cache  # noqa: E402
from server_cache import Lease, ServerCache  # noqa: E402

PASSWORD = "secret"


class Server:
    """A server on a UNIX socket, on a TCP port and on one for TLS."""

    def __init__(self, folder):
        self.folder = Path(folder)
        # Ports that stay bound, and are not listened to, are nobody else's.
        self.holders = [socket.socket() for _ in range(2)]
        for holder in self.holders:
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            holder.bind(("127.0.0.1", 0))
        self.port, self.tls_port = (holder.getsockname()[1] for holder in self.holders)
        self.start()

    def close(self):
        if self.process.poll() is None:
            self.stop()
        for holder in self.holders:
            holder.close()

    def start(self):
        certificate = Path(os.environ["CERTIFICATE"])
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [os.environ["SERVER_UNDER_TEST"], "--port", str(self.port), "--port-file", port_file,
             "--bind", "127.0.0.1", "--unixsocket", self.folder / "socket", "--tls-port", str(self.tls_port),
             "--tls-cert-file", certificate / "tls.pem", "--tls-key-file", certificate / "tls.key",
             "--tls-auth-clients", "no", "--requirepass", PASSWORD, "--logfile", self.folder / "log"])
        while not (port_file.exists() and port_file.read_text()):
            assert self.process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.01)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0

    def urls(self):
        authority = Path(os.environ["CERTIFICATE"]) / "tls.pem"
        return (f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0",
                f"rediss://:{PASSWORD}@127.0.0.1:{self.tls_port}/0?ssl_ca_certs={authority}",
                f"unix://:{PASSWORD}@{self.folder}/socket?db=0")


def compute_in_process(url, start, counter):
    """What two processes do at the same time."""
    cache = ServerCache(url)

    def compute():
        with counter:
            counter.value += 1
        time.sleep(0.3)  # the model; the other process asks meanwhile
        return {"home": 0.5}

    start.wait(30)
    return_value = cache.get_or_compute("shared", compute)
    assert return_value == {"home": 0.5}, return_value


class WithServer(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.server = Server(folder.name)
        self.addCleanup(self.server.close)
        self.url = self.server.urls()[2]
        self.raw = redis.Redis.from_url(self.url)
        self.addCleanup(self.raw.connection_pool.disconnect)
        self.computed = 0

    def open(self, url=None, **options):
        cache = ServerCache(url or self.url, **options)
        self.addCleanup(cache.close)
        return cache

    def predict(self, value="v"):
        self.computed += 1
        return value


class Values(WithServer):
    def test_tcp_tls_and_unix_sockets_by_url(self):
        for number, url in enumerate(self.server.urls()):
            cache = open_cache(url)
            self.addCleanup(cache.close)
            for _ in range(2):
                self.assertEqual(cache.get_or_compute(f"k{number}", self.predict), "v")
            self.assertEqual(cache.health(), {"cache": "up"}, url)
        self.assertEqual(self.computed, 3)

    def test_a_certificate_that_nobody_vouches_for_is_no_server(self):
        url = self.server.urls()[1].partition("?")[0]
        with self.assertLogs("server_cache", "WARNING"):
            self.assertEqual(self.open(url).get_or_compute("k", self.predict), "v")
        self.assertEqual(self.open(url).health()["cache"], "down")
        self.assertIsNone(self.raw.get("k"))

    def test_a_certificate_for_another_name_is_no_server(self):
        url = self.server.urls()[1].replace("127.0.0.1", "localhost")
        self.assertIn("match", self.open(url).health()["why"])

    def test_values_live_for_30_minutes_unless_told_otherwise(self):
        cache = self.open()
        cache.get_or_compute("usual", self.predict)
        cache.get_or_compute("short", self.predict, ttl=5)
        self.assertTrue(1_790_000 < self.raw.pttl("usual") <= 1_800_000)
        self.assertTrue(0 < self.raw.pttl("short") <= 5_000)

    def test_any_text_and_nothing_are_values(self):
        cache = self.open()
        for value in ("a\x00b\r\n", "\N{AMERICAN FOOTBALL}", "", None, [1, {"a": 2.5}]):
            key = f"k\x00{value}"
            self.assertEqual(cache.get_or_compute(key, lambda: self.predict(value)), value)
            self.assertEqual(cache.get_or_compute(key, lambda: self.predict("other")), value)
        self.assertEqual(self.computed, 5)

    def test_what_is_no_json_is_computed_anew(self):
        self.raw.set("k", b"\xff\x00")
        with self.assertLogs("server_cache", "WARNING"):
            self.assertEqual(self.open().get_or_compute("k", self.predict), "v")
        self.assertEqual(self.raw.get("k"), b'"v"')

    def test_a_decorator_makes_keys_of_arguments(self):
        cache = self.open()
        predict = cache.cached("prediction")(lambda category, game: self.predict(f"{category} {game}"))
        self.assertEqual([predict("a", 1), predict("a", 1), predict("a", 2)], ["a 1", "a 1", "a 2"])
        self.assertEqual(self.computed, 2)
        self.assertEqual(self.raw.get('prediction:["a",1]'), b'"a 1"')


class SingleFlight(WithServer):
    def test_two_processes_compute_once(self):
        context = multiprocessing.get_context("spawn")
        start, counter = context.Event(), context.Value("i", 0)
        processes = [context.Process(target=compute_in_process, args=(self.url, start, counter))
                     for _ in range(2)]
        for process in processes:
            process.start()
        start.set()
        for process in processes:
            process.join(60)
            self.assertEqual(process.exitcode, 0)
        self.assertEqual(counter.value, 1)
        self.assertEqual(self.raw.keys("lease:*"), [])

    def test_threads_compute_once(self):
        cache, entered = self.open(), threading.Event()
        leave = threading.Barrier(9)

        def compute():
            entered.set()
            leave.wait(30)
            return self.predict()

        def ask():
            leave.wait(30)
            return cache.get_or_compute("k", compute)

        with concurrent.futures.ThreadPoolExecutor(9) as pool:
            first = pool.submit(cache.get_or_compute, "k", compute)
            self.assertTrue(entered.wait(30))
            others = [pool.submit(ask) for _ in range(8)]
            self.assertEqual([one.result(60) for one in [first, *others]], ["v"] * 9)
        self.assertEqual(self.computed, 1)

    def test_who_fails_leaves_it_to_the_next(self):
        cache = self.open()
        with self.assertRaises(ZeroDivisionError):
            cache.get_or_compute("k", lambda: 1 // 0)
        self.assertEqual(self.raw.keys("*"), [])
        self.assertEqual(cache.get_or_compute("k", self.predict), "v")

    def test_a_process_that_died_holds_others_up_no_longer_than_its_lease(self):
        self.assertTrue(Lease(self.raw, "k", 0.2).take())
        self.assertEqual(self.open().get_or_compute("k", self.predict), "v")
        self.assertEqual(self.raw.get("k"), b'"v"')

    def test_who_waits_too_long_computes(self):
        self.assertTrue(Lease(self.raw, "k", 60).take())
        with self.assertLogs("server_cache", "WARNING"):
            self.assertEqual(self.open(lease_seconds=0.1).get_or_compute("k", self.predict), "v")

    def test_a_lease_is_released_only_by_its_holder(self):
        first, second = (Lease(self.raw, "k", 60) for _ in range(2))
        self.assertTrue(first.take())
        self.assertFalse(second.take())
        self.raw.delete("lease:k")
        self.assertTrue(second.take())
        first.release()
        self.assertTrue(self.raw.exists("lease:k"))
        second.release()
        self.assertFalse(self.raw.exists("lease:k"))

    def test_a_lease_that_may_be_over_is_left_alone(self):
        lease = Lease(self.raw, "k", 60)
        self.assertTrue(lease.take())
        lease._end -= 50  # seconds ago
        lease.release()
        self.assertTrue(self.raw.exists("lease:k"))

    def test_what_is_deleted_meanwhile_is_returned_but_not_stored(self):
        cache = self.open()

        def compute():
            cache.delete("k")
            return self.predict()

        with self.assertLogs("server_cache", "WARNING"):
            self.assertEqual(cache.get_or_compute("k", compute), "v")
        self.assertEqual(self.raw.keys("*"), [])


class WithoutServer(WithServer):
    def test_it_computes_while_the_cache_is_down_and_finds_it_again(self):
        cache = self.open(retry_seconds=0)
        self.assertEqual(cache.get_or_compute("k", self.predict), "v")
        self.server.stop()
        with self.assertLogs("server_cache", "WARNING"):
            for _ in range(2):
                self.assertEqual(cache.get_or_compute("k", self.predict), "v")
        self.assertEqual(cache.health()["cache"], "down")
        self.assertEqual(self.computed, 3)
        self.server.start()
        for _ in range(2):
            self.assertEqual(cache.get_or_compute("k", self.predict), "v")
        self.assertEqual(self.computed, 4)
        self.assertEqual(cache.health(), {"cache": "up"})

    def test_a_cache_that_stops_during_a_computation_costs_no_result(self):
        def compute():
            self.server.stop()
            return self.predict()

        with self.assertLogs("server_cache", "WARNING"):
            self.assertEqual(self.open().get_or_compute("k", compute), "v")

    def test_a_server_that_is_down_is_not_asked_each_time(self):
        cache = self.open(retry_seconds=3600)
        self.server.stop()
        with self.assertLogs("server_cache", "WARNING") as logs:
            for _ in range(5):
                cache.get_or_compute("k", self.predict)
        self.assertEqual(len(logs.records), 1)
        self.server.start()
        cache.get_or_compute("k", self.predict)
        self.assertEqual((self.computed, self.raw.keys("*")), (6, []))


    def test_a_server_that_refuses_to_write_is_still_read(self):
        self.open().get_or_compute("k", self.predict)
        self.raw.acl_setuser("reader", enabled=True, passwords=["+r"], keys=["*"], commands=["+get"])
        cache = self.open(self.url.replace(f":{PASSWORD}@", "reader:r@"), retry_seconds=3600)
        with self.assertLogs("server_cache", "WARNING"):
            self.assertEqual(cache.get_or_compute("other", lambda: "computed"), "computed")
        self.assertEqual(cache.get_or_compute("k", self.predict), "v")
        self.assertEqual(self.computed, 1)


class App(WithServer):
    def start_app(self, url):
        folder = tempfile.mkdtemp(dir=self.server.folder)
        with open(f"{folder}/log", "w", encoding="utf-8") as log:
            process = subprocess.Popen(
                [sys.executable, APP / "app.py", "0"], stdout=subprocess.PIPE, text=True, stderr=log,
                env=os.environ | {"CACHE_URL": url, "PREDICTION_SECONDS": "0.3"})
        self.addCleanup(process.stdout.close)
        self.addCleanup(lambda: (process.terminate(), self.assertEqual(process.wait(30), 0)))
        port = process.stdout.readline().split()[-1]
        return f"http://127.0.0.1:{port}", Path(folder, "log")

    def get(self, url):
        with urllib.request.urlopen(url, timeout=30) as answer:
            return json.load(answer)

    def test_two_replicas_of_the_app_compute_once(self):
        apps = [self.start_app(self.url) for _ in range(2)]
        path = "/api/predictions/spread/KC-DEN"
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda i: self.get(apps[i % 2][0] + path), range(4)))
        self.assertEqual({answer["game"] for answer in answers}, {"KC-DEN"})
        logs = [log.read_text() for _, log in apps]
        self.assertEqual(sum(log.count("computing spread of KC-DEN") for log in logs), 1, logs)
        self.assertEqual(self.get(apps[0][0] + "/health"), {"cache": "up"})
        self.server.stop()
        self.assertEqual(self.get(apps[0][0] + path)["game"], "KC-DEN")
        self.assertEqual(self.get(apps[0][0] + "/health")["cache"], "down")


if __name__ == "__main__":
    unittest.main(warnings="ignore")  # redis-py leaves sockets of failed connections to the collector
