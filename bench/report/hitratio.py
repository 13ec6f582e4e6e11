"""Tables of the hit-ratio measurement, as the program that made it names their columns."""
from bench.report.table import Table, number

TITLES = {"library": "Hit ratios of libcache, at the same number of entries",
          "curve": "What a cache estimates of itself, beside what was measured",
          "servers": "Hit ratios of servers, at the same limit in bytes"}


def text(value):
    return number(value, 4) if isinstance(value, float) else value


def tables(report):
    result = []
    for mode, title in TITLES.items():
        rows = report[mode]
        columns = list(dict.fromkeys(name for row in rows for name in row))
        if rows:
            result.append(Table(title, [name.replace("_", " ") for name in columns],
                                [[text(row.get(name, "")) for name in columns] for row in rows],
                                ["Differences are in points."]))
        else:
            result.append(Table(title, [""], [["There are no traces."]]))
    return result
