"""Measurements that are a program each; their rows are taken as they are."""
import json
import subprocess
import tempfile
from pathlib import Path

from bench.harness.servers import prepare_process

NO_TRACES = 77  # hitratio_benchmark's exit code

ENGINE = {"full": (), "quick": ("--keys=1000", "--benchmark_min_time=0.001",
                                "--benchmark_repetitions=1")}
HITRATIO = {"full": (), "quick": ("--trace=web12",)}


def engine(binaries, scale_name):
    with tempfile.NamedTemporaryFile("r", suffix=".json") as out:
        subprocess.run([binaries / "engine_benchmark", *ENGINE[scale_name],
                        f"--benchmark_out={out.name}", "--benchmark_out_format=json"],
                       check=True, stdout=subprocess.DEVNULL, preexec_fn=prepare_process(None))
        return {"benchmarks": json.load(out)["benchmarks"]}


def hitratio_rows(binaries, scale_name, mode):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "rows.json")
        done = subprocess.run([binaries / "hitratio_benchmark", mode, f"--json={out}",
                               *HITRATIO[scale_name]], check=False)
        if done.returncode == NO_TRACES:
            return []
        done.check_returncode()
        return json.loads(out.read_text(encoding="utf-8"))


def hitratio(binaries, scale_name):
    return {mode: hitratio_rows(binaries, scale_name, mode) for mode in ("library", "curve", "servers")}
