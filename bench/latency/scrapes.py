"""What scrapes of /metrics cost a server, and those who are connected."""
import tempfile
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from bench.harness import load
from bench.harness.servers import KINDS, Limits, Server, free_port
from bench.latency.plain_reads import alone_and_beside

PAUSE_S = 0.1  # between two scrapes; a Prometheus waits 15 seconds
SCRAPES = 200  # whose processor time is taken
# So that many commands have a histogram.
COMMANDS = ("GET k", "SET k v", "MGET k", "EXISTS k", "TTL k", "DEL k", "INCR n", "APPEND k v",
            "STRLEN k", "GETRANGE k 0 1", "TYPE k", "PING", "ECHO x", "DBSIZE", "TIME",
            "OBJECT ENCODING n")


def scrape(port):
    """The size of what the server answers."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
        return len(answer.read())


class Scraper:
    """Scrapes from each `with` to its end; `per_second` then says how often. One that fails raises
    there."""

    def __init__(self, port):
        self._port = port
        self._ended = None
        self._thread = None
        self._scrapes = None
        self.per_second = None

    def __enter__(self):
        self._ended = threading.Event()
        self._thread = ThreadPoolExecutor(1)
        self._scrapes = self._thread.submit(self._run)

    def __exit__(self, *_):
        self._ended.set()
        self._thread.shutdown()
        self.per_second = self._scrapes.result()

    def _run(self):
        begun, scrapes = time.monotonic(), 0
        while not self._ended.wait(PAUSE_S):
            scrape(self._port)
            scrapes += 1
        return scrapes / (time.monotonic() - begun)


def reads_beside_scrapes(binaries, scale):
    """Reads, alone and beside scrapes; and what a scrape costs a server that has nothing else to
    do, as the reads' own cost differs by more from run to run."""
    admin_port = free_port()
    with tempfile.TemporaryDirectory() as folder, \
            Server(KINDS["sideline"], binaries, folder, Limits(scale.maxmemory_mib),
                   options=("--admin-port", str(admin_port))) as server:
        load.fill(binaries, server, scale.keys)
        with server.client() as client:
            for command in COMMANDS:
                client.run(*command.split())
        latencies, per_second = alone_and_beside(binaries, server, scale, Scraper(admin_port))
        cpu = server.cpu_seconds()
        sizes = [scrape(admin_port) for _ in range(SCRAPES)]
        cpu = server.cpu_seconds() - cpu
    return {"scrapes_per_second": per_second, "bytes": max(sizes),
            "cpu_ms": 1000 * cpu / SCRAPES} | latencies
