"""What fits into a limit, and what the process takes for it."""
import tempfile
import threading
import time
from dataclasses import dataclass

from bench.harness import load
from bench.harness.servers import KINDS, Limits, Server

KEY_SIZE, VALUE_SIZE = 16, 64
KEY_AND_VALUE = KEY_SIZE + VALUE_SIZE
HOUR_MS = 3_600_000
MIB = 1 << 20


@dataclass(frozen=True)
class Scale:
    maxmemory_mib: int = 256
    fill_keys: int = 4_000_000
    # Keys and values that a phase of the churn writes, as a multiple of the limit.
    phase_volume: float = 2.5


SCALES = {"full": Scale(),
          "quick": Scale(maxmemory_mib=8, fill_keys=100_000, phase_volume=1)}


# --- The fill

def fill(binaries, folder, scale, name, with_ttl):
    """As many keys as the limit holds, and more."""
    with Server(KINDS[name], binaries, folder, Limits(scale.maxmemory_mib)) as server:
        empty = server.memory_kib("VmRSS")
        ttl = {"ttl_ms": f"{HOUR_MS}:{2 * HOUR_MS}"} if with_ttl else {}
        refused = load.fill(binaries, server, scale.fill_keys, **ttl)
        keys = server.keys()
        resident = server.memory_kib("VmRSS")
        return {"server": name, "ttl": with_ttl, "keys": keys, "refused": refused,
                "empty_kib": empty, "resident_kib": resident,
                "peak_kib": server.memory_kib("VmHWM"),
                "overhead_of_limit": scale.maxmemory_mib * MIB / keys - KEY_AND_VALUE,
                "overhead_of_process": resident * 1024 / keys - KEY_AND_VALUE}


# --- The churn

@dataclass(frozen=True)
class Phase:
    """Writes new keys with values of some sizes, then does something to them."""
    prefix: str
    value_size: str
    mean_size: int   # of a value
    then: callable


def nothing(*_):
    """The next phase meets a full cache."""


def delete_half(binaries, server, phase, keys):
    """Random holes in all that there is."""
    load.run(binaries, server, operation="del", keys=keys, requests=keys // 2, prefix=phase.prefix,
             pipeline=16)


def expire_some(binaries, server, phase, keys):
    """Many entries that are due at about the same time."""
    few = max(1, keys // 5)
    load.fill(binaries, server, few, prefix="exp:", value_size=phase.value_size,
              ttl_ms="200:1200")
    time.sleep(1.5)


PHASES = (
    Phase("a:", "32", 32, nothing),
    Phase("b:", "1024", 1024, delete_half),
    Phase("c:", "100", 100, expire_some),
    Phase("d:", "16384", 16384, nothing),
    Phase("e:", "64", 64, delete_half),
    Phase("f:", "32:16384", 2622, expire_some),  # log-uniform: (16384 - 32) / ln(16384 / 32)
    Phase("g:", "1024", 1024, nothing),
)


class ResidentSet:
    """Samples the resident set of a server, for a plot."""
    PERIOD_S = 0.1

    def __init__(self, server):
        self._server = server
        self._start = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self.samples = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()

    def seconds(self):
        return round(time.monotonic() - self._start, 2)

    def _sample(self):
        while not self._ended.wait(self.PERIOD_S):
            self.samples.append((self.seconds(), self._server.memory_kib("VmRSS")))


def run_phase(binaries, server, scale, phase):
    volume = scale.maxmemory_mib * MIB * scale.phase_volume
    keys = int(volume / (KEY_SIZE + phase.mean_size))
    options = {"prefix": phase.prefix, "value_size": phase.value_size}
    load.fill(binaries, server, keys, **options, pipeline=16)
    resident = server.memory_kib("VmRSS")
    live = load.run(binaries, server, operation="exists", order="sequential", keys=keys,
                    requests=keys, pipeline=64, **options)
    phase.then(binaries, server, phase, keys)
    return {"phase": phase.prefix, "value_size": phase.value_size, "written": keys,
            "live_keys": live["hits"], "live_bytes": live["hit_bytes"],
            "live_share": live["hit_bytes"] / (scale.maxmemory_mib * MIB),
            "resident_kib": resident, "peak_kib": server.memory_kib("VmHWM"),
            "then": phase.then.__name__}


def churn(binaries, folder, scale, name):
    with Server(KINDS[name], binaries, folder, Limits(scale.maxmemory_mib)) as server:
        phases = []
        with ResidentSet(server) as resident:
            for phase in PHASES:
                phases.append(run_phase(binaries, server, scale, phase) |
                              {"ended_at_s": resident.seconds()})
        return {"server": name, "phases": phases, "resident_kib": resident.samples,
                "peak_kib": server.memory_kib("VmHWM")}


def measure(binaries, scale_name):
    scale = SCALES[scale_name]
    with tempfile.TemporaryDirectory() as folder:
        fills = [fill(binaries, folder, scale, name, with_ttl)
                 for with_ttl in (False, True) for name in ("sideline", "redis", "memcached")]
        churns = [churn(binaries, folder, scale, name) for name in ("sideline", "redis")]
    return {"scale": vars(scale), "fills": fills, "churns": churns}
