"""Servers beside each other over the network: throughput, latency, and the CPU time of the server
for each operation, which is the steadiest of the three."""
import contextlib
import tempfile
from dataclasses import dataclass

from bench.harness import load
from bench.harness.servers import KINDS, Limits, Server, wait_until_idle

REDIS_BENCHMARK = ("sideline", "redis", "floor")


@dataclass(frozen=True)
class Scale:
    keys: int = 1_000_000
    seconds: float = 1.5
    warmup_seconds: float = 0.5
    repeats: int = 3
    transports: tuple = ("tcp", "unix")
    servers: tuple = tuple(KINDS)
    with_redis_benchmark: bool = True
    large: tuple = (1 << 20, 16 << 20)


SCALES = {
    "full": Scale(),
    "brief": Scale(transports=("tcp",), servers=("sideline", "redis", "floor"),
                   with_redis_benchmark=False, large=()),
    "quick": Scale(keys=10_000, seconds=0.1, warmup_seconds=0.05, repeats=1, large=(1 << 20,)),
}
PIPELINES = (1, 16, 64)
CONNECTIONS = 50
# memcached sorts its lists for seconds after a fill, with pauses of less than this.
SETTLED_S = 2
LARGE_CONNECTIONS = 4
LARGE_BYTES = 128 << 20  # of all large values together


def cell(server, repeat, generator, operation, pipeline, value_size, result):
    return {"server": server.kind.name, "transport": server.transport, "repeat": repeat,
            "generator": generator, "operation": operation, "pipeline": pipeline,
            "value_size": value_size, "ops_per_second": result["ops_per_second"],
            "cpu_us_per_op": result["server_cpu_us_per_op"], "latency_us": result["latency_us"]}


def measure_cell(binaries, servers, scale, repeat, operation, pipeline):
    """One workload, on one server after the other."""
    for server in servers:
        wait_until_idle(servers)
        result = load.run(binaries, server, operation=operation, pipeline=pipeline,
                          keys=scale.keys, connections=CONNECTIONS, seconds=scale.seconds,
                          warmup_seconds=scale.warmup_seconds, seed=repeat + 1)
        if result["misses"]:
            raise RuntimeError(f"{server.kind.name} lost {result['misses']} keys")
        yield cell(server, repeat, "bench-load", operation, pipeline, 64, result)


def measure_with_redis_benchmark(servers, scale, repeat, rates):
    """After all of ours: its SETs leave values that ours would call wrong."""
    for (operation, pipeline), rate in rates.items():
        for server in servers:
            if server.kind.name in REDIS_BENCHMARK:
                wait_until_idle(servers)
                requests = max(1000, int(rate * scale.seconds))
                result = load.redis_benchmark(server, operation, pipeline, scale.keys, requests)
                yield cell(server, repeat, "redis-benchmark", operation, pipeline, 64, result)


def measure_transport(binaries, folder, scale, repeat, transport):
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(Server(KINDS[name], binaries, folder, transport=transport))
                   for name in scale.servers]
        for server in servers:
            load.fill(binaries, server, scale.keys)
        wait_until_idle(servers, SETTLED_S)
        rates = {}
        for operation in ("get", "set"):
            for pipeline in PIPELINES:
                for row in measure_cell(binaries, servers, scale, repeat, operation, pipeline):
                    slowest = rates.get((operation, pipeline), row["ops_per_second"])
                    rates[operation, pipeline] = min(slowest, row["ops_per_second"])
                    yield row
        if scale.with_redis_benchmark:
            yield from measure_with_redis_benchmark(servers, scale, repeat, rates)


def measure_large(binaries, folder, scale, repeat, transport):
    """GETs of large values: what counts is the CPU time for each byte."""
    for value_size in scale.large:
        for name in ("sideline", "redis"):
            limits = Limits(maxmemory_mib=512)
            with Server(KINDS[name], binaries, folder, limits, transport) as server:
                options = {"keys": LARGE_BYTES // value_size, "value_size": value_size,
                           "connections": LARGE_CONNECTIONS}
                load.fill(binaries, server, **options, pipeline=1)
                result = load.run(binaries, server, operation="get", seconds=scale.seconds,
                                  warmup_seconds=scale.warmup_seconds, **options)
            yield cell(server, repeat, "bench-load", "get", 1, value_size, result)


def measure(binaries, scale_name):
    scale = SCALES[scale_name]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for repeat in range(scale.repeats):
            for transport in scale.transports:
                rows += measure_transport(binaries, folder, scale, repeat, transport)
                rows += measure_large(binaries, folder, scale, repeat, transport)
    return {"scale": vars(scale), "connections": CONNECTIONS, "rows": rows}
