"""Tables of the snapshot measurement."""
from bench.report.table import Table, beside_cells, beside_names, number, of_repeats, ratio

POINTS = ("p99.9", "p99.99", "max")
MIB_KIB = 1024


def by_server(report):
    names = dict.fromkeys(row["server"] for row in report["rows"])
    return {name: [row for row in report["rows"] if row["server"] == name] for name in names}


def beside_table(report):
    kinds = ("reads", "writes")
    table = Table("Requests while a snapshot is made",
                  ["server", *(f"k/s {kind} {what}" for kind in kinds
                               for what in ("alone", "beside", "beside / alone")),
                   *beside_names(f"{point} µs" for point in POINTS),
                   "MiB more"], [],
                  ["k/s: GETs and SETs in pipelines of 16, as fast as it goes. µs: an open loop of "
                   f"{number(report['rate'], 0)} single GETs a second, from when they were due. "
                   f"{report['scale']['turns']} times, in turns, {report['scale']['seconds']} s "
                   "without and as many beside; medians of these (the longest of all for max), then "
                   "of the repeats."])
    for name, rows in by_server(report).items():
        rates = []
        for kind in kinds:
            alone, beside = ([row[f"{kind}_per_second_{when}"] / 1000 for row in rows]
                             for when in ("alone", "beside"))
            rates += [of_repeats(alone, 0), of_repeats(beside, 0),
                      ratio([b / a for a, b in zip(alone, beside)])]
        table.rows.append([
            name, *rates,
            *beside_cells(rows, POINTS),
            of_repeats([row["more_kib"] / MIB_KIB for row in rows], 1)])
    return table


def warm_table(report):
    table = Table("From the start of the process until all is loaded",
                  ["server", "value", "keys", "file MB", "SAVE s", "warm s", "µs a key"], [],
                  ["The file lies in the page cache. Medians of the repeats."])
    for name, rows in by_server(report).items():
        for fills in zip(*(row["fills"] for row in rows)):
            table.rows.append([
                name, f"{fills[0]['value_size']} B", number(fills[0]["keys"], 0),
                number(fills[0]["file_bytes"] / 1e6, 0),
                of_repeats([fill["save_seconds"] for fill in fills]),
                of_repeats([fill["warm_seconds"] for fill in fills]),
                of_repeats([fill["warm_seconds"] * 1e6 / fill["keys"] for fill in fills])])
    return table


def tables(report):
    return [beside_table(report), warm_table(report)]
