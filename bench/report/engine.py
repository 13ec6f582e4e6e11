"""The tables of the engine measurement: one row an operation and number of threads."""
from statistics import median

from bench.report.table import Table, number

OURS = "libcache"
FEATURE = "feature"  # the operation of what is held against something else of ours
OVER = " over "
COUNTERS = ("allocations", "instructions")


def by_cell(benchmarks):
    """{(operation, keys, value, threads): {cache: [each repetition]}}, in the program's order: they
    ran in a random one."""
    cells = {}
    for row in sorted(benchmarks, key=lambda row: (row.get("family_index", 0),
                                                   row.get("per_family_instance_index", 0))):
        if row["run_type"] == "iteration" and not row.get("error_occurred"):
            operation, keys, value, cache, _, threads = row["run_name"].split("/")
            cell = cells.setdefault((operation, keys, value, threads.removeprefix("threads:")), {})
            cell.setdefault(cache, []).append(row)
    return cells


def nanoseconds(rows):
    """For one thread the time that it ran, which others on the machine disturb less."""
    field = "cpu_time" if rows[0]["threads"] == 1 else "real_time"
    return median(row[field] for row in rows)


def counter(rows, name):
    values = [row[name] for row in rows if name in row]
    return number(median(values), 1) if values else "-"


def beside_peers(cells):
    caches = sorted(dict.fromkeys(cache for cell in cells.values() for cache in cell),
                    key=lambda cache: cache != OURS)
    peers = [cache for cache in caches if cache != OURS]
    table = Table("ns per operation",
                  ["operation", "keys", "value", "threads", *caches,
                   *(f"{OURS} / {peer}" for peer in peers),
                   *(f"{OURS}: {name}" for name in COUNTERS)], [],
                  ["Medians of the repeats. One thread: its CPU time; more: wall time divided by "
                   "the operations of all."])
    for key, cell in cells.items():
        medians = {cache: nanoseconds(rows) for cache, rows in cell.items()}
        table.rows.append(
            [*key, *(number(medians[cache], 0) if cache in medians else "" for cache in caches),
             *(number(medians[OURS] / medians[peer]) if {OURS, peer} <= medians.keys() else ""
               for peer in peers),
             *(counter(cell.get(OURS, []), name) for name in COUNTERS)])
    return table


def features(cells):
    table = Table("What features cost, in ns per operation",
                  ["operation", "keys", "value", "threads", "ns", "held against", "ns", "ratio",
                   *COUNTERS], [],
                  ["Medians of the repeats, as above. `get_into` copies into a buffer that is reused, "
                   "`get` returns a copy. `observed`: with a removal listener, reasons of misses and "
                   "four prefixes. `few` keys: 10,000."])
    for (_, keys, value, threads), cell in cells.items():
        for name, rows in cell.items():
            operation, over, base = name.partition(OVER)
            if not over or base not in cell:
                continue
            ours, theirs = nanoseconds(rows), nanoseconds(cell[base])
            table.rows.append([operation, keys, value, threads, number(ours, 0), base,
                               number(theirs, 0), number(ours / theirs),
                               *(counter(rows, counted) for counted in COUNTERS)])
    return table


def tables(report):
    cells = by_cell(report["benchmarks"])
    ours = {key: cell for key, cell in cells.items() if key[0] == FEATURE}
    peers = {key: cell for key, cell in cells.items() if key not in ours}
    return [table for table in (beside_peers(peers), features(ours)) if table.rows]
