"""The table of the engine measurement: one row an operation and number of threads."""
from statistics import median

from bench.report.table import Table, number

OURS = "libcache"


def by_cell(benchmarks):
    """{(operation, choice, size, threads): {cache: [ns of each repetition]}}"""
    cells = {}
    for row in benchmarks:
        if row.get("run_type") != "iteration" or row.get("error_occurred"):
            continue
        operation, choice, size, cache, _, threads = row["run_name"].split("/")
        cell = cells.setdefault((operation, choice, size, threads.removeprefix("threads:")), {})
        cell.setdefault(cache, []).append(row["real_time"])
    return cells


def tables(report):
    cells = by_cell(report["benchmarks"])
    caches = list(dict.fromkeys(cache for cell in cells.values() for cache in cell))
    peers = [cache for cache in caches if cache != OURS]
    table = Table("ns per operation: wall time divided by the operations of all threads",
                  ["operation", "keys", "value", "threads", *caches,
                   *(f"{OURS} / {peer}" for peer in peers)], [], ["Medians of the repeats."])
    for key, cell in cells.items():
        medians = {cache: median(values) for cache, values in cell.items()}
        table.rows.append(
            [*key, *(number(medians[cache], 0) if cache in medians else "" for cache in caches),
             *(number(medians[OURS] / medians[peer]) if peer in medians else ""
               for peer in peers)])
    return [table]
