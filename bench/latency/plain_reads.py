"""Reads one by one, to see what others do to them."""
from bench.harness import load

# A second: so few that the load sleeps between them, and leaves its core to the others.
RATE = 2000


def alone_and_beside(binaries, server, scale, others):
    """A row's latencies: of the reads alone, and while `others`, a context manager, is entered."""
    reads = {"operation": "get", "pipeline": 1, "keys": scale.keys, "rate": RATE,
             "seconds": scale.seconds}
    alone = load.run(binaries, server, **reads)
    with others:
        beside = load.run(binaries, server, **reads)
    return {"rate": RATE, "latency_us_alone": alone["latency_us"],
            "latency_us_beside": beside["latency_us"]}
