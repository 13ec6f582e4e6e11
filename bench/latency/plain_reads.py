"""Reads one by one, to see what others do to them."""
from statistics import median

from bench.harness import load
from bench.harness.maths import of_turns

# A second: so few that the load sleeps between them, and leaves its core to the others.
RATE = 2000
TURNS = 5


def alone_and_beside(binaries, server, scale, others):
    """A row's latencies: of the reads alone, and while `others`, a context manager, is entered, in
    turns: a machine that is shared is not the same for long. And how often those others did what
    they do, by the `per_second` that they have at the end of each turn."""
    reads = {"operation": "get", "pipeline": 1, "keys": scale.keys, "rate": RATE,
             "seconds": scale.seconds / 2}
    load.run(binaries, server, **reads)  # warms up
    alone, beside, per_second = [], [], []
    for _ in range(TURNS):
        alone.append(load.run(binaries, server, **reads)["latency_us"])
        with others:
            beside.append(load.run(binaries, server, **reads)["latency_us"])
        per_second.append(others.per_second)
    return {"rate": RATE, "turns": TURNS, "latency_us_alone": of_turns(alone),
            "latency_us_beside": of_turns(beside)}, median(per_second)
