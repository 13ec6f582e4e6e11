"""Measurements that are a program each; their rows are taken as they are."""
import json
import subprocess
import tempfile
from pathlib import Path

NO_TRACES = 77  # hitratio_benchmark's exit code

ENGINE = ("--benchmark_repetitions=3", "--benchmark_enable_random_interleaving=true",
          "--benchmark_min_time=0.2")
ENGINE_QUICK = ("--keys=1000", "--benchmark_min_time=0.001")


def engine(binaries, quick):
    with tempfile.NamedTemporaryFile("r", suffix=".json") as out:
        subprocess.run([binaries / "engine_benchmark", *(ENGINE_QUICK if quick else ENGINE),
                        f"--benchmark_out={out.name}", "--benchmark_out_format=json"],
                       check=True, stdout=subprocess.DEVNULL)
        return {"benchmarks": json.load(out)["benchmarks"]}


def hitratio_rows(binaries, quick, mode):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "rows.json")
        done = subprocess.run([binaries / "hitratio_benchmark", mode, f"--json={out}",
                               *(["--trace=web12"] if quick else [])], check=False)
        if done.returncode == NO_TRACES:
            return []
        done.check_returncode()
        return json.loads(out.read_text(encoding="utf-8"))


def hitratio(binaries, quick):
    return {mode: hitratio_rows(binaries, quick, mode) for mode in ("library", "servers")}
