"""What a snapshot costs who is served meanwhile, and how soon a server is warm again."""
import os
import signal
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.harness import load
from bench.harness.maths import of_turns
from bench.harness.servers import KINDS, Limits, Server

SERVERS = ("sideline, all cores", "redis")
# What an entry takes, a key of 16 bytes with a value of so many, so that as many are written as fit.
# What else is measured is with the first size.
BYTES_AN_ENTRY = {"sideline, all cores": {64: 95, 1024: 1180}, "redis": {64: 170, 1024: 1190}}
OPERATIONS = {"reads": "get", "writes": "set"}  # of keys that are there
# Of single requests a second: a small part of what each of them reaches, and so few that the load sleeps
# between them. It would take a core for itself, and a stall would be its doing.
RATE = 2000


@dataclass(frozen=True)
class Scale:
    maxmemory_mib: int = 256
    seconds: float = 3  # of requests, eight times in each turn
    turns: int = 5
    repeats: int = 3
    share: float = 1  # of what fits; within a small limit servers differ by what they have anyway


SCALES = {"full": Scale(),
          "quick": Scale(maxmemory_mib=8, seconds=0.3, turns=1, repeats=1, share=0.5)}


def is_at(client, what):
    """Whether that is under way, by INFO. Of the whole of it, some hundreds a second would take a
    part of a core, and of the time of those who are measured."""
    return f"\r\n{what}:1" in client.run("INFO", "persistence")


def beside_saves(process, client):
    """Saves again and again while a load runs. Returns what it reports, and how many saves; the
    last has ended by then, so that no memory of it is missed."""
    saves = 0
    while process.poll() is None:
        if not is_at(client, "rdb_bgsave_in_progress"):
            client.run("BGSAVE")
            saves += 1
        time.sleep(0.05)
    result = load.finish(process)
    while is_at(client, "rdb_bgsave_in_progress"):
        time.sleep(0.05)
    return result, saves


def requests_beside_saves(binaries, server, keys, scale):
    """Reads and writes, in pipelines at full speed and single at a fixed rate, all of them without a
    snapshot and while one is made, in turns: a machine that is shared is not the same for long.
    Medians."""
    loads = {}
    for name, operation in OPERATIONS.items():
        common = {"operation": operation, "keys": keys, "connections": 16, "seconds": scale.seconds}
        loads[name] = common | {"pipeline": 16}
        loads[f"single {name}"] = common | {"pipeline": 1, "rate": RATE}
    load.run(binaries, server, **loads["reads"])  # warms up
    server.forget_peak()
    before = server.memory_kib("VmHWM")
    alone, beside, saves = defaultdict(list), defaultdict(list), 0
    with server.client() as client:
        for _ in range(scale.turns):
            for name, options in loads.items():
                alone[name].append(load.run(binaries, server, **options))
                result, more = beside_saves(load.start(binaries, server, **options), client)
                beside[name].append(result)
                saves += more
    result = {"saves": saves, "more_kib": server.memory_kib("VmHWM") - before}
    for name in OPERATIONS:
        result[name] = {}
        for when, results in (("alone", alone), ("beside", beside)):
            result[name] |= {
                f"per_second_{when}": median(turn["ops_per_second"] for turn in results[name]),
                f"latency_us_{when}": of_turns(
                    [turn["latency_us"] for turn in results[f"single {name}"]])}
    return result


def warm_again(kind, binaries, folder, limits, keys):
    """Seconds from the start of the process until all keys are there."""
    started = time.monotonic()
    with Server(kind, binaries, folder, limits) as server, server.client() as client:
        while is_at(client, "loading"):
            time.sleep(0.01)
        seconds = time.monotonic() - started
        found = client.run("DBSIZE")
    if found < 0.99 * keys:  # a full cache may evict a few
        raise RuntimeError(f"{kind.name} has {found} keys, and had saved {keys}")
    return seconds


def row(name, binaries, scale):
    """For each size of values: SAVE, an end without notice, and a start; before the first, the
    requests."""
    kind, limits = KINDS[name], Limits(scale.maxmemory_mib)
    result = {"server": name, "fills": []}
    for value_size, entry_bytes in BYTES_AN_ENTRY[name].items():
        wanted = int(scale.share * scale.maxmemory_mib * 2**20 / entry_bytes)
        with tempfile.TemporaryDirectory() as folder:
            with Server(kind, binaries, folder, limits) as server, server.client() as client:
                load.fill(binaries, server, wanted, value_size=value_size)
                keys = client.run("DBSIZE")
                if not result["fills"]:
                    result |= requests_beside_saves(binaries, server, wanted, scale)
                started = time.monotonic()
                client.run("SAVE")
                save_seconds = time.monotonic() - started
                os.kill(server.pid, signal.SIGKILL)
            result["fills"].append({
                "value_size": value_size, "keys": keys, "save_seconds": save_seconds,
                "file_bytes": Path(folder, "dump.rdb").stat().st_size,
                "warm_seconds": warm_again(kind, binaries, folder, limits, keys)})
    return result


def measure(binaries, scale_name):
    scale = SCALES[scale_name]
    rows = []
    for repeat in range(scale.repeats):
        for name in SERVERS:
            rows.append({"repeat": repeat} | row(name, binaries, scale))
    return {"scale": vars(scale), "rate": RATE, "rows": rows}
