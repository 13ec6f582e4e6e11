"""With PostgreSQL 15."""
import json
import shutil
import tempfile
import unittest

from programs import ApiTest, Postgres, at_once, wait_until
from test_api import token

SPREAD = "/api/predictions/spread/17"


@unittest.skipUnless((Postgres.BIN / "initdb").exists(), "there is no PostgreSQL 15")
class OnPostgres(ApiTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(dir="/tmp")
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.postgres = Postgres(folder)
        cls.addClassCleanup(cls.postgres.stop)

    def setUp(self):
        super().setUp()
        self.postgres.query("DROP TABLE IF EXISTS corrections, schema_migrations")

    def replica(self, **settings):
        return self.api(DATABASE_URL=self.postgres.url, **settings)

    def correct(self, api, value, path=SPREAD):
        return api.ask("PUT", path, {"value": value}, {"Authorization": "Bearer " + token()})

    def test_replicas_that_start_together_migrate_once_and_in_order(self):
        replicas = at_once([self.replica] * 3)
        self.assertEqual([200] * 3, [api.get("/health").status for api in replicas])
        counts = [int(line.split()[1]) for api in replicas for line in api.lines if "migrations applied" in line]
        self.assertEqual(2, sum(counts))
        self.assertEqual(["1|001_corrections", "2|002_correction_times"],
                         self.postgres.query("SELECT number, name FROM schema_migrations ORDER BY number"))

    def test_a_correction_is_stored(self):
        api = self.replica()
        self.assertEqual(200, self.correct(api, -3.5).status)
        self.assertEqual(200, self.correct(api, 2.5).status)
        self.assertEqual(["spread|17|2.5|ann"],
                         self.postgres.query("SELECT category, game, value, analyst FROM corrections"))
        self.assertEqual(2.5, json.loads(self.replica().get(SPREAD).text)["value"])

    def test_the_pool_is_bounded(self):
        api = self.replica(MODEL_MS="50", DATABASE_POOL="10")
        wanted = [{"category": "spread", "game": game} for game in range(1, 101)]
        self.assertEqual(200, api.ask("POST", "/api/predictions/batch", {"predictions": wanted}).status)
        open_ones = api.metric("prediction_database_connections")
        self.assertTrue(1 <= open_ones <= 11, open_ones)  # one is for /health

    def test_a_statement_that_takes_too_long_is_given_up(self):
        api = self.replica(DATABASE_TIMEOUT_SECONDS="1")
        with self.postgres.transaction("LOCK TABLE corrections"):
            answer = api.get(SPREAD)
        self.assertEqual((503, "5"), (answer.status, answer.headers["Retry-After"]))
        self.assertEqual(200, api.get(SPREAD).status)

    def test_without_the_database_hits_are_answered_and_it_comes_back(self):
        api = self.replica()
        self.assertEqual(200, api.get(SPREAD).status)
        self.postgres.stop()
        down = wait_until(lambda: (found := api.get("/health")).status == 503 and found, "/health says it")
        self.assertEqual({"status": "unavailable", "cache": "up", "database": "down"}, json.loads(down.text))
        self.assertEqual("hit", api.get(SPREAD).headers["X-Cache"])
        self.assertEqual(503, api.get("/api/predictions/spread/18").status)
        self.assertEqual(503, self.correct(api, 1).status)
        self.postgres.start()
        wait_until(lambda: api.get("/health").status == 200, "it has found it")
        self.assertEqual(200, api.get("/api/predictions/spread/18").status)

    def test_a_restart_of_the_database_costs_no_request(self):
        api = self.replica()
        self.assertEqual(200, self.correct(api, 1).status)
        self.postgres.stop()
        self.postgres.start()
        self.assertEqual(200, self.correct(api, 2).status)
