"""Plots (SVG) of a report, one file a picture."""
import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402 pylint: disable=wrong-import-position

from bench.report.network import Rows, cpu  # noqa: E402 pylint: disable=wrong-import-position
from bench.harness.maths import summary  # noqa: E402 pylint: disable=wrong-import-position

KIB = 1024


def save(figure, folder, name):
    figure.savefig(folder / f"{name}.svg", bbox_inches="tight")
    pyplot.close(figure)


def draw_network(report, folder):
    """Bars with the least and the most of the repeats: one panel a transport and pipeline."""
    rows = Rows(report, "bench-load")
    transports = list(dict.fromkeys(cell[0] for cell in rows.cells))
    pipelines = list(dict.fromkeys(cell[2] for cell in rows.cells))
    figure, axes = pyplot.subplots(len(transports), len(pipelines), squeeze=False,
                                   figsize=(4 * len(pipelines), 3.2 * len(transports)))
    for y, transport in enumerate(transports):
        for x, pipeline in enumerate(pipelines):
            draw_cpu(axes[y][x], rows, transport, pipeline)
    axes[0][0].legend(fontsize="small")
    save(figure, folder, "network-cpu")


def draw_cpu(axis, rows, transport, pipeline):
    operations = ("get", "set")
    width = 0.8 / len(rows.servers)
    for i, server in enumerate(rows.servers):
        found = [summary(rows.values(cpu, server, transport, operation, pipeline))
                 for operation in operations]
        medians = [value["median"] for value in found]
        errors = [[m - value["least"] for m, value in zip(medians, found)],
                  [value["most"] - m for m, value in zip(medians, found)]]
        axis.bar([place + i * width for place in range(len(operations))], medians, width,
                 yerr=errors, label=server)
    axis.set_xticks([place + 0.4 - width / 2 for place in range(len(operations))],
                    [operation.upper() for operation in operations])
    axis.set_title(f"{transport}, pipeline {pipeline}", fontsize="medium")
    axis.set_ylabel("CPU µs per operation")


def draw_memory(report, folder):
    """The resident set over the churn."""
    figure, axis = pyplot.subplots(figsize=(9, 4))
    for churn in report["churns"]:
        end = churn["phases"][-1]["ended_at_s"]
        line, = axis.plot([second / end for second, _ in churn["resident_kib"]],
                          [kib / KIB for _, kib in churn["resident_kib"]], label=churn["server"])
        for phase in churn["phases"]:
            axis.axvline(phase["ended_at_s"] / end, color=line.get_color(), linewidth=0.4)
    axis.axhline(report["scale"]["maxmemory_mib"], color="black", linestyle=":", label="limit")
    axis.set_xlabel("share of the run; thin lines end a phase")
    axis.set_ylabel("resident set, MiB")
    axis.set_ylim(bottom=0)
    axis.legend()
    save(figure, folder, "memory-churn")


def draw_latency(report, folder):
    """The longest latency of each tenth of a second, of the first repeat."""
    scenarios = list(dict.fromkeys(row["scenario"] for row in report["rows"]))
    figure, axes = pyplot.subplots(len(scenarios), 1, squeeze=False,
                                   figsize=(9, 2.4 * len(scenarios)))
    for axis, scenario in zip(axes[:, 0], scenarios):
        for row in report["rows"]:
            if (row["scenario"], row["repeat"]) == (scenario, 0):
                maxima = row["interval_max_us"]
                axis.plot([i / 10 for i in range(len(maxima))], maxima, label=row["server"])
        axis.set_yscale("log")
        axis.set_ylabel("max µs")
        axis.set_title(scenario, fontsize="medium")
    axes[0][0].legend(fontsize="small")
    axes[-1][0].set_xlabel("seconds")
    figure.tight_layout()
    save(figure, folder, "latency-max")


DRAWERS = {"network": draw_network, "memory": draw_memory, "latency": draw_latency}


def draw(report, folder):
    """Nothing for a kind whose tables say it all."""
    if report["kind"] in DRAWERS:
        DRAWERS[report["kind"]](report, folder)
