"""Tables of the memory measurement."""
from bench.report.table import Table, number

MIB_KIB = 1024


def mib(kib):
    return number(kib / MIB_KIB, 1)


def fill_table(report):
    limit = report["scale"]["maxmemory_mib"]
    table = Table(f"Keys of 16 B with values of 64 B that {limit} MiB hold",
                  ["TTL", "server", "keys", "sets refused", "VmRSS MiB", "VmHWM MiB",
                   "limit / keys - 80 B", "(VmRSS - empty) / keys - 80 B"], [])
    for row in report["fills"]:
        of_data = (row["resident_kib"] - row["empty_kib"]) * 1024 / row["keys"] - 80
        table.rows.append(["every key" if row["ttl"] else "none", row["server"],
                           number(row["keys"], 0), number(row["refused"], 0),
                           mib(row["resident_kib"]), mib(row["peak_kib"]),
                           number(row["overhead_of_limit"], 1), number(of_data, 1)])
    return table


def churn_table(report):
    limit = report["scale"]["maxmemory_mib"]
    table = Table(f"Churn of shifting value sizes under a limit of {limit} MiB",
                  ["phase", "value", "then", *(f"{churn['server']}: {what}"
                                               for churn in report["churns"]
                                               for what in ("live", "VmRSS MiB", "VmHWM MiB"))], [],
                  ["live: keys and values of the phase that are still there at its end, as a share "
                   "of the limit."])
    for phases in zip(*(churn["phases"] for churn in report["churns"])):
        first = phases[0]
        table.rows.append([first["phase"].rstrip(":"), first["value_size"].replace(":", "-"),
                           first["then"].replace("_", " "),
                           *(text for phase in phases for text in
                             (f"{phase['live_share']:.1%}", mib(phase["resident_kib"]),
                              mib(phase["peak_kib"])))])
    return table


def tables(report):
    return [fill_table(report), churn_table(report)]
