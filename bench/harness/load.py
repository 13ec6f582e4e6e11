"""Runs the load generators against a server."""
import csv
import json
import subprocess
import time

from bench.harness import machine
from bench.harness.servers import prepare_process


def _arguments(options):
    for name, value in options.items():
        yield "--" + name.replace("_", "-")
        yield str(value)


def _core(server):
    return machine.cores()[1] if server.kind.pinned else None


def start(binaries, server, **options):
    """Starts our generator; `finish` has the results. An option `value_size=64` is its
    `--value-size 64`."""
    place = ({"socket": server.socket} if server.transport == "unix" else {"port": server.port})
    verify = {} if server.kind.stores else {"verify": "shape"}
    command = [str(binaries / "bench-load"),
               *_arguments(place | verify | {"protocol": server.kind.protocol,
                                             "server_pid": server.pid} | options)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            preexec_fn=prepare_process(_core(server)))


def finish(process, tolerated=None):
    """`tolerated`: the beginning of an error that is an answer like others; it is counted."""
    output, error = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(error.strip() or f"the load ended with {process.returncode}")
    result = json.loads(output)
    if result["errors"] and not (tolerated and result["first_error"].startswith(tolerated)):
        raise RuntimeError(f"{result['errors']} wrong answers; the first: {result['first_error']}")
    return result


def run(binaries, server, **options):
    return finish(start(binaries, server, **options))


def fill(binaries, server, keys, **options):
    """Sets each key once. Returns how many the server refused: memcached does that when all of the
    entries at the end of a list that it looks at are in use."""
    if not server.kind.stores:
        return 0
    options = {"pipeline": 64, "connections": 8} | options
    process = start(binaries, server, operation="set", order="sequential", keys=keys,
                    requests=keys, **options)
    refusal = "SERVER_ERROR out of memory" if server.kind.protocol == "memcached" else None
    return finish(process, tolerated=refusal)["errors"]


def redis_benchmark(server, operation, pipeline, keys, requests, value_size=64, connections=50):
    """The same figures from redis-benchmark, as far as it has them."""
    place = ["-s", server.socket] if server.transport == "unix" else ["-p", str(server.port)]
    command = ["redis-benchmark", *place, "-t", operation, "-P", str(pipeline), "-r", str(keys),
               "-n", str(requests), "-c", str(connections), "-d", str(value_size), "--csv"]
    cpu, start_time = server.cpu_seconds(), time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True,
                          preexec_fn=prepare_process(_core(server)))
    cpu, seconds = server.cpu_seconds() - cpu, time.monotonic() - start_time
    rows = [row for row in csv.DictReader(line for line in done.stdout.split("\n")
                                          if line.startswith('"'))]
    if len(rows) != 1:
        raise RuntimeError(f"redis-benchmark said: {done.stdout}{done.stderr}")
    return {"seconds": seconds, "operations": requests,
            "ops_per_second": float(rows[0]["rps"]),
            "server_cpu_us_per_op": cpu * 1e6 / requests,
            "latency_us": {"p50": float(rows[0]["p50_latency_ms"]) * 1000,
                           "p99": float(rows[0]["p99_latency_ms"]) * 1000,
                           "max": float(rows[0]["max_latency_ms"]) * 1000}}
