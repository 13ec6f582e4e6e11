import unittest

from bench.report import document, engine, latency, memory, network, snapshot
from bench.report.table import Table, of_repeats, ratio


def network_row(server, repeat, cpu, pipeline=1, value_size=64):
    return {"server": server, "transport": "tcp", "repeat": repeat, "generator": "bench-load",
            "operation": "get", "pipeline": pipeline, "value_size": value_size,
            "ops_per_second": 1e6, "cpu_us_per_op": cpu,
            "latency_us": {"p50": 1, "p99": 2, "p99.9": 3, "p99.99": 4}}


class Figures(unittest.TestCase):
    def test_are_marked_if_the_repeats_disagree(self):
        self.assertEqual(of_repeats([1, 1.01, 1.02]), "1.01")
        self.assertEqual(of_repeats([1, 2, 3]), "2.00~")
        self.assertEqual(of_repeats([]), "-")

    def test_of_ratios_show_their_range(self):
        self.assertEqual(ratio([0.5, 0.51, 0.52]), "0.51 (0.50-0.52)")
        self.assertEqual(ratio([0.5]), "0.50")


class Markdown(unittest.TestCase):
    def test_is_aligned(self):
        self.assertEqual(Table("T", ["a", "long"], [["wide", 1]]).markdown(),
                         "**T**\n\n| a    | long |\n|------|------|\n| wide | 1    |")

    def test_explains_the_mark(self):
        self.assertIn("repeats lie more than", Table("T", ["a"], [["1~"]]).markdown())


class Document(unittest.TestCase):
    PAGE = "before\n<!-- begin memory -->\nold\n<!-- end memory -->\nafter"

    def test_takes_a_section_between_its_marks(self):
        once = document.replaced(self.PAGE, {"memory": r"new \1"})
        self.assertEqual(once, "before\n<!-- begin memory -->\nnew \\1\n<!-- end memory -->\nafter")
        self.assertEqual(document.replaced(once, {"memory": r"new \1"}), once)

    def test_refuses_a_section_that_has_no_place(self):
        with self.assertRaises(ValueError):
            document.replaced(self.PAGE, {"network": ""})


class NetworkTables(unittest.TestCase):
    def test_compare_within_a_repeat(self):
        report = {"rows": [network_row("sideline", 0, 1.0), network_row("redis", 0, 2.0),
                           network_row("sideline", 1, 1.5), network_row("redis", 1, 3.0)]}
        cpu = network.tables(report)[0]
        cells = dict(zip(cpu.header, cpu.rows[0]))
        self.assertEqual(cells["sideline / redis"], "0.50 (0.50-0.50)")
        self.assertEqual(cells["sideline"], "1.25~")
        self.assertEqual(cells["target / redis"], 0.88)

    def test_count_large_values_by_the_byte(self):
        report = {"rows": [network_row("sideline", 0, 100, value_size=1 << 20),
                           network_row("redis", 0, 200, value_size=1 << 20),
                           network_row("sideline", 0, 400, value_size=4 << 20),
                           network_row("redis", 0, 400, value_size=4 << 20)]}
        self.assertEqual([row[1:5] for row in network.tables(report)[-1].rows],
                         [["1 MiB", "100", "200", "0.50"], ["4 MiB", "100", "100", "1.00"]])


class EngineTable(unittest.TestCase):
    @staticmethod
    def rows(cache, threads, cpu_times, real_time, **counters):
        return [{"run_type": "iteration", "cpu_time": time, "real_time": real_time,
                 "threads": threads,
                 "run_name": f"hit/zipf/64B/{cache}/real_time/threads:{threads}"} | counters
                for time in cpu_times]

    def test_takes_medians_and_ratios(self):
        table, = engine.tables({"benchmarks": [
            *self.rows("libcache", 1, (10, 12, 11), 99, allocations=0.0),
            *self.rows("mutex-lru", 1, (22, 22, 22), 99)]})
        self.assertEqual(table.rows,
                         [["hit", "zipf", "64B", "1", "11", "22", "0.50", "0.0", "-"]])

    def test_takes_wall_time_of_several_threads(self):
        table, = engine.tables({"benchmarks": self.rows("libcache", 2, (10, 12, 11), 99)})
        self.assertEqual(table.rows, [["hit", "zipf", "64B", "2", "99", "-", "-"]])


    def test_holds_features_against_what_they_cost_more_than(self):
        def row(operation, time):
            return {"run_type": "iteration", "cpu_time": time, "real_time": 1, "threads": 1,
                    "run_name": f"feature/zipf/64B/{operation}/real_time/threads:1",
                    "allocations": 1.0}
        table, = engine.tables({"benchmarks": [row("get", 100), row("compute over get", 109),
                                               row("alone over nothing", 1)]})
        self.assertEqual(table.rows, [["compute", "zipf", "64B", "1", "109", "get", "100", "1.09",
                                       "1.0", "-"]])


class MemoryTables(unittest.TestCase):
    def test_show_each_phase_of_both_servers(self):
        phase = {"phase": "a:", "value_size": "64", "then": "delete_half", "live_share": 0.9,
                 "resident_kib": 1024, "peak_kib": 2048}
        report = {"scale": {"maxmemory_mib": 256}, "fills": [],
                  "churns": [{"server": "sideline", "phases": [phase]},
                             {"server": "redis", "phases": [phase]}]}
        self.assertEqual(memory.tables(report)[1].rows,
                         [["a", "64", "delete half", *["90.0%", "1.0", "2.0"] * 2]])


class LatencyTables(unittest.TestCase):
    def test_take_medians_of_the_repeats(self):
        points = ("p50", "p99", "p99.9", "p99.99", "max")
        beside = {"rate": 2000, "turns": 5, "latency_us_alone": dict.fromkeys(points, 10),
                  "latency_us_beside": dict.fromkeys(points, 20)}
        report = {"rates": {"1": 1000, "16": 2000}, "expiry": [{
            "server": "sideline", "patience_s": 30, "reclaimed": 9, "probes": 10, "p50_ms": 1.0,
            "p99_ms": 2.0, "max_ms": 3.0, "own_max_ms": None, "idle_cpu_share": 0.001}],
            "rows": [{"scenario": "growth", "server": "sideline",
                      "latency_us": dict.fromkeys(points, value)} for value in (100, 101, 102)],
            "storms": [{"server": "sideline", "handshakes_per_second": 1000} | beside],
            "scrapes": [{"scrapes_per_second": 10, "bytes": 38_000, "cpu_ms": 1.0}
                        | beside]}
        open_loop, expiry, storm, scrapes = latency.tables(report)
        self.assertEqual(open_loop.rows, [["growth", "sideline", *["101"] * 5]])
        self.assertEqual(expiry.rows,
                         [["sideline", "9 of 10", "1.0", "2.0", "3.0", "-", "0.10%"]])
        self.assertEqual(storm.rows, [["sideline", "1,000", *["10", "20"] * 4]])
        self.assertEqual(scrapes.rows, [["10.0", "38.0", "1.00", *["10", "20"] * 4]])


class SnapshotTables(unittest.TestCase):
    @staticmethod
    def row(beside):
        def kind(alone, beside, longer):
            points = ("p99.9", "p99.99", "max")
            return {"per_second_alone": alone, "per_second_beside": beside,
                    "latency_us_alone": dict.fromkeys(points, 10),
                    "latency_us_beside": dict.fromkeys(points, longer)}

        return {"server": "sideline", "reads": kind(1e6, beside, 20),
                "writes": kind(5e5, 4e5, 30), "more_kib": 512,
                "fills": [{"value_size": size, "keys": keys, "file_bytes": 9e7,
                           "save_seconds": 1.5, "warm_seconds": 0.5}
                          for size, keys in ((64, 1_000_000), (1024, 250_000))]}

    def test_compare_within_a_repeat(self):
        beside, single, warm = snapshot.tables({"rate": 1000, "scale": {"turns": 5, "seconds": 3},
                                                "rows": [self.row(9e5), self.row(9.1e5)]})
        self.assertEqual(beside.rows, [["sideline", "1,000", "905", "0.91 (0.90-0.91)",
                                        "500", "400", "0.80 (0.80-0.80)", "0.5"]])
        self.assertEqual(single.rows, [["sideline", "reads", *["10", "20"] * 3],
                                       ["sideline", "writes", *["10", "30"] * 3]])
        self.assertEqual(warm.rows,
                         [["sideline", "64 B", "1,000,000", "90", "1.50", "0.50", "0.50"],
                          ["sideline", "1024 B", "250,000", "90", "1.50", "0.50", "2.00"]])


if __name__ == "__main__":
    unittest.main()
