"""Measures, and writes a results folder: one JSON file for each kind of measurement."""
import argparse
import json
from pathlib import Path

from bench.harness import machine, programs
from bench.latency import latency
from bench.memory import memory
from bench.network import network
from bench.snapshot import snapshot

ROOT = Path(__file__).resolve().parent.parent
KINDS = {"engine": programs.engine, "network": network.measure, "hitratio": programs.hitratio,
         "memory": memory.measure, "latency": latency.measure, "snapshot": snapshot.measure}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binaries", type=Path, help="the folder of the programs")
    parser.add_argument("folder", type=Path, help="where the results go")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--scale", default="full", help="how much of it")
    parser.add_argument("--command", required=True, help="what the report gives as its command")
    asked = parser.parse_args()
    report = {"kind": asked.kind, "scale_name": asked.scale,
              "machine": machine.facts(ROOT, asked.binaries, asked.command)}
    report |= KINDS[asked.kind](asked.binaries.resolve(), asked.scale)
    (asked.folder / f"{asked.kind}.json").write_text(json.dumps(report, indent=1) + "\n",
                                                     encoding="utf-8")


if __name__ == "__main__":
    main()
