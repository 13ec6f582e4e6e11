"""The tail of an open loop at half the peak rate while a server has other things to do, how late it
expires what nobody asks for, and what handshakes of TLS and scrapes do to others."""
import tempfile
import time
from dataclasses import dataclass

from bench.harness import load
from bench.harness.maths import lags, quantile
from bench.harness.servers import KINDS, Limits, Server
from bench.latency.handshakes import reads_in_a_storm
from bench.latency.scrapes import reads_beside_scrapes

SERVERS = ("sideline", "redis")
HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Scale:
    maxmemory_mib: int = 256
    keys: int = 1_000_000          # that expire, or that are read
    growth_keys: int = 3_000_000   # more than fit
    seconds: float = 10
    peak_seconds: float = 1.5
    repeats: int = 3
    probes: int = 1000             # keys whose expiry is watched
    patience_s: float = 30         # for their expiry
    idle_seconds: float = 5


SCALES = {"full": Scale(),
          "quick": Scale(maxmemory_mib=8, keys=20_000, growth_keys=100_000, seconds=0.5,
                         peak_seconds=0.1, repeats=1, probes=100, patience_s=2, idle_seconds=0.5)}

# Writes come in small pipelines: one by one a table would not be filled in the time.
WRITES = {"operation": "set", "order": "sequential", "pipeline": 16}
READS = {"operation": "get", "pipeline": 1}
INTERVAL_MS = 100


class Bench:
    """One server under one open loop after the other."""

    def __init__(self, binaries, folder, scale, rates):
        self._binaries = binaries
        self._folder = folder
        self.scale = scale
        self._rates = rates

    def server(self, name):
        return Server(KINDS[name], self._binaries, self._folder, Limits(self.scale.maxmemory_mib))

    def fill(self, server, keys, **options):
        load.fill(self._binaries, server, keys, **options)

    def start(self, server, workload, **options):
        return load.start(self._binaries, server, rate=self._rates[workload["pipeline"]],
                          interval_ms=INTERVAL_MS, **workload, **options)

    def run(self, server, workload, **options):
        return load.finish(self.start(server, workload, **options))


def rest(bench, server):
    """Reads, and nothing else: what the machine adds to every row. The floor is measured too."""
    bench.fill(server, bench.scale.keys)
    return bench.run(server, READS, keys=bench.scale.keys, seconds=bench.scale.seconds)


def growth(bench, server):
    """From empty to full: all keys are new."""
    keys = bench.scale.growth_keys
    return bench.run(server, WRITES, keys=keys, requests=keys)


def eviction(bench, server):
    """Full from the start: each new key evicts another."""
    keys = bench.scale.growth_keys
    bench.fill(server, keys)
    return bench.run(server, WRITES, first_key=keys, keys=10 * keys, seconds=bench.scale.seconds)


def expiry(bench, server):
    """Reads, while as many keys again expire within the time."""
    keys, seconds = bench.scale.keys, bench.scale.seconds
    bench.fill(server, keys // 10)
    started = time.monotonic()
    # Two seconds in which they are written do not count.
    bench.fill(server, keys, prefix="due:", ttl_ms=f"2000:{2000 + int(seconds * 1000)}")
    time.sleep(max(0.0, started + 1.5 - time.monotonic()))
    return bench.run(server, READS, keys=keys // 10, seconds=seconds)


def halving(bench, server):
    """Reads; after a third of the time the limit is halved."""
    bench.fill(server, bench.scale.growth_keys)
    limit_kib = bench.scale.maxmemory_mib * 1024 // 2
    reads = bench.start(server, READS, keys=bench.scale.growth_keys, seconds=bench.scale.seconds)
    time.sleep(bench.scale.seconds / 3)
    with server.client() as client:
        started = time.monotonic()
        client.run("CONFIG", "SET", "maxmemory", f"{limit_kib}kb")
        answered = time.monotonic()
    result = load.finish(reads)
    return result | {"config_set_ms": (answered - started) * 1000,
                     "resident_kib": server.memory_kib("VmRSS")}


SCENARIOS = {rest: (*SERVERS, "floor"), growth: SERVERS, eviction: SERVERS, expiry: SERVERS,
             halving: SERVERS}


def half_of_peak(binaries, folder, scale):
    """Requests a second, by pipeline: half of what the slowest server reaches. The same for all."""
    rates = {}
    for name in SERVERS:
        with Server(KINDS[name], binaries, folder, Limits(scale.maxmemory_mib)) as server:
            load.fill(binaries, server, scale.keys)
            for workload in (READS, WRITES):
                peak = load.run(binaries, server, **workload, keys=scale.keys,
                                seconds=scale.peak_seconds)["ops_per_second"] / 2
                pipeline = workload["pipeline"]
                rates[pipeline] = round(min(rates.get(pipeline, peak), peak))
    return rates


# --- Expiry without a request

def watch_expiry(server, scale):
    """Keys that are due over some seconds, among many that are not; DBSIZE, which touches no key,
    tells when they went. A polling interval is part of the lag."""
    poll_s = 0.002
    with server.client() as client:
        base = client.run("DBSIZE")
        due, written = [], 0
        for i in range(scale.probes):
            ttl_ms = 1000 + 2 * i
            client.send("SET", f"probe:{i}", "x", "PX", ttl_ms)
            due.append(time.monotonic() + ttl_ms / 1000)
        for _ in range(scale.probes):
            written += client.receive() == "OK"
        seen = []
        give_up = due[-1] + scale.patience_s
        while time.monotonic() < give_up:
            gone = base + written - client.run("DBSIZE")
            seen.append((time.monotonic(), gone))
            if gone >= written:
                break
            time.sleep(poll_s)
    return due, seen


def expiry_lag(binaries, folder, scale, name):
    with Server(KINDS[name], binaries, folder, Limits(2 * scale.maxmemory_mib)) as server:
        load.fill(binaries, server, scale.keys, ttl_ms=f"{HOUR_MS}:{2 * HOUR_MS}")
        due, seen = watch_expiry(server, scale)
        late_ms = [1000 * (scale.patience_s if lag is None else lag) for lag in lags(due, seen)]
        with server.client() as client:
            own = client.info().get("cache_max_expiry_lag_ms")
        cpu = server.cpu_seconds()
        time.sleep(scale.idle_seconds)
        cpu = server.cpu_seconds() - cpu
    return {"server": name, "probes": scale.probes, "patience_s": scale.patience_s,
            "reclaimed": seen[-1][1], "p50_ms": quantile(late_ms, 0.5),
            "p99_ms": quantile(late_ms, 0.99), "max_ms": max(late_ms),
            "own_max_ms": None if own is None else int(own),
            "idle_cpu_share": cpu / scale.idle_seconds}


def measure(binaries, scale_name):
    scale = SCALES[scale_name]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        rates = half_of_peak(binaries, folder, scale)
        bench = Bench(binaries, folder, scale, rates)
        for repeat in range(scale.repeats):
            for scenario, servers in SCENARIOS.items():
                for name in servers:
                    with bench.server(name) as server:
                        rows.append({"server": name, "scenario": scenario.__name__,
                                     "repeat": repeat} | scenario(bench, server))
        expiries = [expiry_lag(binaries, folder, scale, name) for name in SERVERS]
    storms = [reads_in_a_storm(binaries, scale, name)
              for _ in range(scale.repeats) for name in SERVERS]
    return {"scale": vars(scale), "rates": rates, "rows": rows, "expiry": expiries,
            "storms": storms,
            "scrapes": [reads_beside_scrapes(binaries, scale) for _ in range(scale.repeats)]}
