"""Tables of the latency measurement."""
from bench.report.table import Table, beside_cells, beside_names, number, of_repeats

POINTS = ("p50", "p99", "p99.9", "p99.99", "max")


def open_loop_table(report):
    rates = report["rates"]
    table = Table("Latency in µs of an open loop at half the peak rate",
                  ["while", "server", *POINTS], [],
                  [f"Due each second: {number(rates['1'], 0)} reads one by one, "
                   f"{number(rates['16'], 0)} writes in pipelines of 16. "
                   "Counted from when a request was due. Medians of the repeats."])
    keys = dict.fromkeys((row["scenario"], row["server"]) for row in report["rows"])
    for scenario, server in keys:
        rows = [row for row in report["rows"]
                if (row["scenario"], row["server"]) == (scenario, server)]
        table.rows.append([scenario, server,
                           *(of_repeats([row["latency_us"][point] for row in rows], 0)
                             for point in POINTS)])
    return table


def expiry_table(report):
    table = Table("Expiry of keys that nobody asks for, among a million that are not due",
                  ["server", "reclaimed", "lag p50 ms", "lag p99 ms", "lag max ms",
                   "its own maximum ms", "idle CPU"], [],
                  [f"Given up after {report['expiry'][0]['patience_s']} s. "
                   "The lag includes the 2 ms between two looks."])
    for row in report["expiry"]:
        table.rows.append([row["server"], f"{row['reclaimed']} of {row['probes']}",
                           number(row["p50_ms"], 1), number(row["p99_ms"], 1),
                           number(row["max_ms"], 1),
                           "-" if row["own_max_ms"] is None else row["own_max_ms"],
                           f"{row['idle_cpu_share']:.2%}"])
    return table


BESIDE_POINTS = ("p50", "p99", "p99.9", "max")
BESIDE = beside_names(BESIDE_POINTS)


def _reads(row):
    return (f"Due each second: {number(row['rate'], 0)} reads one by one. {row['turns']} times, in "
            "turns, without and beside; medians of these (the longest of all for max), then of the "
            "repeats.")


def storm_table(report):
    storms = report["storms"]
    table = Table("Latency in µs of plain reads, alone and beside a storm of TLS handshakes",
                  ["server", "handshakes a second", *BESIDE], [],
                  [f"{_reads(storms[0])} TLS 1.3, a certificate of RSA 2048."])
    for server in dict.fromkeys(row["server"] for row in storms):
        rows = [row for row in storms if row["server"] == server]
        answered = of_repeats([row["handshakes_per_second"] for row in rows], 0)
        table.rows.append([server, answered, *beside_cells(rows, BESIDE_POINTS)])
    return table


def scrape_table(report):
    rows = report["scrapes"]
    return Table("Latency in µs of reads, alone and beside scrapes of /metrics",
                 ["scrapes a second", "KB", "CPU ms a scrape", *BESIDE],
                 [[of_repeats([row["scrapes_per_second"] for row in rows], 1),
                   number(rows[0]["bytes"] / 1000, 1),
                   of_repeats([row["cpu_ms"] for row in rows]), *beside_cells(rows, BESIDE_POINTS)]],
                 [_reads(rows[0])])


def tables(report):
    return [open_loop_table(report), expiry_table(report), storm_table(report),
            scrape_table(report)]
