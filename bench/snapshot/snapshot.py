"""What a snapshot costs who is served meanwhile, and how soon a server is warm again.

Usage: python3 -m bench.snapshot.snapshot BINARIES [--mib 256] [--seconds 8]

The table has a row for each server. Reads at full speed, half of the time while BGSAVE runs again
and again: their rate, and the longest of them, in both halves; what the process had at most more
than without. Then SAVE, an end without notice, and the time from the start until all is loaded.
"""
import argparse
import os
import signal
import tempfile
import time
from pathlib import Path

from bench.harness import load
from bench.harness.servers import KINDS, Limits, Server

SERVERS = ("sideline, all cores", "redis")
READS = {"operation": "get", "pipeline": 16, "connections": 16}


def info(client):
    return client.info()


def reads(binaries, server, keys, seconds):
    return load.run(binaries, server, keys=keys, seconds=seconds, **READS)


def reads_beside_saves(binaries, server, keys, seconds):
    """Until the last save has ended too, so that no memory of it is missed."""
    process = load.start(binaries, server, keys=keys, seconds=seconds, **READS)
    saves = 0
    with server.client() as client:
        while process.poll() is None:
            if info(client)["rdb_bgsave_in_progress"] == "0":
                client.run("BGSAVE")
                saves += 1
            time.sleep(0.01)
        result = load.finish(process)
        while info(client)["rdb_bgsave_in_progress"] == "1":
            time.sleep(0.01)
    return result | {"saves": saves}


def peak_kib(server):
    """With the processes that it has forked."""
    return server.memory_kib("VmHWM")


def warm_again(kind, binaries, folder, limits, keys):
    """Seconds from the start of the process until all keys are there."""
    started = time.monotonic()
    with Server(kind, binaries, folder, limits) as server, server.client() as client:
        while info(client)["loading"] != "0":
            time.sleep(0.002)
        seconds = time.monotonic() - started
        found = client.run("DBSIZE")
    if found < 0.99 * keys:  # a full cache may evict a few
        raise RuntimeError(f"{kind.name} has {found} keys, and had saved {keys}")
    return seconds


def measure(name, binaries, folder, asked):
    kind, limits = KINDS[name], Limits(asked.mib)
    # As much as fits: 16 + 64 bytes are about 95 in Sideline, and 170 in Redis.
    wanted = asked.mib * 2**20 // (95 if name.startswith("sideline") else 170)
    with Server(kind, binaries, folder, limits) as server, server.client() as client:
        load.fill(binaries, server, wanted)
        keys = client.run("DBSIZE")
        reads(binaries, server, wanted, 1)
        alone = reads(binaries, server, wanted, asked.seconds)
        server.forget_peak()
        before = peak_kib(server)
        beside = reads_beside_saves(binaries, server, wanted, asked.seconds)
        more_kib = peak_kib(server) - before
        started = time.monotonic()
        client.run("SAVE")
        save_seconds = time.monotonic() - started
        os.kill(server.pid, signal.SIGKILL)
    size = Path(folder, "dump.rdb").stat().st_size
    seconds = warm_again(kind, binaries, folder, limits, keys)
    return {"server": name, "keys": keys, "file MB": round(size / 1e6),
            "Mops/s alone": round(alone["ops_per_second"] / 1e6, 2),
            "beside": round(beside["ops_per_second"] / 1e6, 2),
            "ratio": round(beside["ops_per_second"] / alone["ops_per_second"], 2),
            "saves": beside["saves"],
            "p99.9 us alone": round(alone["latency_us"]["p99.9"]),
            "p99.9 us beside": round(beside["latency_us"]["p99.9"]),
            "max us alone": round(alone["latency_us"]["max"]),
            "max us beside": round(beside["latency_us"]["max"]),
            "KiB more": more_kib, "SAVE s": round(save_seconds, 2), "warm s": round(seconds, 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", type=Path, help="the folder of the programs")
    parser.add_argument("--mib", type=int, default=256, help="maxmemory")
    parser.add_argument("--seconds", type=float, default=8, help="that reads take, twice")
    asked = parser.parse_args()
    for name in SERVERS:
        with tempfile.TemporaryDirectory() as folder:
            row = measure(name, asked.binaries.resolve(), folder, asked)
        print("  ".join(f"{title}: {value}" for title, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
