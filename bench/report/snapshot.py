"""Tables of the snapshot measurement."""
from bench.report.table import Table, beside_cells, beside_names, number, of_repeats, ratio

KINDS = ("reads", "writes")
POINTS = ("p99.9", "p99.99", "max")
MIB_KIB = 1024


def by_server(report):
    names = dict.fromkeys(row["server"] for row in report["rows"])
    return {name: [row for row in report["rows"] if row["server"] == name] for name in names}


def turns_note(report):
    return (f"{report['scale']['turns']} times, in turns, {report['scale']['seconds']} s without and "
            "as many beside; medians of these, then of the repeats.")


def beside_table(report):
    table = Table("Requests while a snapshot is made",
                  ["server", *(f"k/s {kind} {what}" for kind in KINDS
                               for what in ("alone", "beside", "beside / alone")),
                   "MiB more"], [],
                  ["GETs and SETs in pipelines of 16, as fast as it goes. " + turns_note(report)])
    for name, rows in by_server(report).items():
        rates = []
        for kind in KINDS:
            alone, beside = ([row[kind][f"per_second_{when}"] / 1000 for row in rows]
                             for when in ("alone", "beside"))
            rates += [of_repeats(alone, 0), of_repeats(beside, 0),
                      ratio([b / a for a, b in zip(alone, beside)])]
        table.rows.append([name, *rates,
                           of_repeats([row["more_kib"] / MIB_KIB for row in rows], 1)])
    return table


def single_table(report):
    table = Table("Single requests while a snapshot is made",
                  ["server", "requests", *beside_names(f"{point} µs" for point in POINTS)], [],
                  [f"An open loop of {number(report['rate'], 0)} a second, from when they were due. "
                   + turns_note(report) + " max: the longest of all turns."])
    for name, rows in by_server(report).items():
        for kind in KINDS:
            table.rows.append([name, kind, *beside_cells([row[kind] for row in rows], POINTS)])
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
    return [beside_table(report), single_table(report), warm_table(report)]
