"""Tables of the network measurement."""
from bench.harness.maths import paired_ratios
from bench.report.table import Table, number, of_repeats, ratio

# What Sideline's CPU time for an operation may be, as a share of redis-server's: by transport and
# pipeline.
TARGETS = {("tcp", 1): 0.88, ("tcp", 16): 0.33, ("tcp", 64): 0.20, ("unix", 1): 0.90}
SMALL = 64
MIB = 1 << 20


class Rows:
    """The rows of a report, by what was measured."""

    def __init__(self, report, generator):
        self._rows = [row for row in report["rows"] if row["generator"] == generator]
        small = [row for row in self._rows if row["value_size"] == SMALL]
        self.servers = list(dict.fromkeys(row["server"] for row in small))
        self.cells = list(dict.fromkeys(
            (row["transport"], row["operation"], row["pipeline"]) for row in small))
        self.large = list(dict.fromkeys(
            (row["transport"], row["value_size"]) for row in self._rows
            if row["value_size"] != SMALL))

    def values(self, field, server, transport, operation, pipeline, value_size=SMALL):
        """One a repeat, in their order."""
        key = (server, transport, operation, pipeline, value_size)
        return [field(row) for row in self._rows if key == tuple(
            row[name] for name in ("server", "transport", "operation", "pipeline", "value_size"))]


def cpu(row):
    return row["cpu_us_per_op"]


def rate(row):
    return row["ops_per_second"] / 1000


def cpu_table(rows, generator):
    peers = [name for name in ("redis", "memcached") if name in rows.servers]
    table = Table(f"CPU µs of the server process per operation ({generator})",
                  ["transport", "operation", "pipeline", *rows.servers,
                   *(f"sideline / {peer}" for peer in peers), "target / redis"], [])
    for cell in rows.cells:
        ours = rows.values(cpu, "sideline", *cell)
        table.rows.append(
            [*cell, *(of_repeats(rows.values(cpu, name, *cell)) for name in rows.servers),
             *(ratio(paired_ratios(ours, rows.values(cpu, peer, *cell))) for peer in peers),
             TARGETS.get((cell[0], cell[2]), "")])
    return table


def rate_table(rows, generator):
    table = Table(f"Thousand operations per second ({generator})",
                  ["transport", "operation", "pipeline", *rows.servers], [],
                  ["The load has a core of its own and is often the limit: see the CPU time."])
    for cell in rows.cells:
        table.rows.append([*cell, *(of_repeats(rows.values(rate, name, *cell), 0)
                                    for name in rows.servers)])
    return table


def latency_table(rows):
    points = ("p50", "p99", "p99.9", "p99.99")
    table = Table("Latency in µs, closed loop of 50 connections (bench-load)",
                  ["transport", "operation", "pipeline", "server", *points], [],
                  ["Medians of the repeats."])
    for cell in rows.cells:
        for server in rows.servers:
            table.rows.append([*cell, server, *(
                of_repeats(rows.values(lambda row, p=point: row["latency_us"][p], server, *cell), 0
                           ).rstrip("~") for point in points)])
    return table


def large_table(rows):
    table = Table("GET of large values: CPU µs of the server process per MiB",
                  ["transport", "value", "sideline", "redis", "sideline / redis", "target"], [])
    for transport, size in rows.large:
        ours, theirs = (rows.values(lambda row: cpu(row) * MIB / row["value_size"], name, transport,
                                    "get", 1, size) for name in ("sideline", "redis"))
        table.rows.append([transport, f"{number(size / MIB, 0)} MiB", of_repeats(ours, 0),
                           of_repeats(theirs, 0), ratio(paired_ratios(ours, theirs)), "1.00"])
    return table


def tables(report):
    ours, theirs = Rows(report, "bench-load"), Rows(report, "redis-benchmark")
    return [cpu_table(ours, "bench-load"), cpu_table(theirs, "redis-benchmark"),
            rate_table(ours, "bench-load"), latency_table(ours), large_table(ours)]
