"""Shows a results folder: tables in the terminal and in report.md, plots beside them.

Usage: python3 -m bench.report FOLDER [--document docs/benchmarks.md]

With --document, the tables also replace those between the marks of that page.
"""
import json
import sys
from pathlib import Path

from bench.report import (document, engine, hitratio, latency, memory, network, plots,
                          snapshot)

TABLES = {"engine": engine.tables, "network": network.tables, "hitratio": hitratio.tables,
          "memory": memory.tables, "latency": latency.tables, "snapshot": snapshot.tables}


def origin(report):
    machine = report["machine"]
    versions = "; ".join(f"{name}: {version}" for name, version in machine["versions"].items())
    return (f"`{machine['command']}` at commit {machine['commit']}, {machine['date']}, on "
            f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}, load average "
            f"{machine['load_average']:.1f} at the start"
            f"{', a network namespace of its own' if machine['own_network'] else ''}. {versions}.")


def section(report):
    tables = [table for table in TABLES[report["kind"]](report) if table.rows]
    return "\n\n".join([origin(report), *(table.markdown() for table in tables)])


def main(arguments):
    folder = Path(arguments[0])
    reports = [json.loads(path.read_text(encoding="utf-8"))
               for kind in TABLES if (path := folder / f"{kind}.json").exists()]
    sections = {report["kind"]: section(report) for report in reports}
    text = "\n\n".join(f"## {kind}\n\n{body}" for kind, body in sections.items()) + "\n"
    (folder / "report.md").write_text(text, encoding="utf-8")
    print(text)
    for report in reports:
        plots.draw(report, folder)
    if arguments[1:2] == ["--document"]:
        document.rewrite(Path(arguments[2]), sections)


if __name__ == "__main__":
    main(sys.argv[1:])
