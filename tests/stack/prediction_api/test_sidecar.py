"""With sideline-server as the cache of all replicas."""
import json
import signal
import subprocess
import threading
import time

from programs import PATIENCE, ApiTest, at_once, free_port, wait_until
from test_api import token

SPREAD = "/api/predictions/spread/17"
KEY = "prediction:spread:17"


class SidecarTest(ApiTest):
    def replica(self, server, **settings):
        settings = {"CACHE": "sidecar", "CACHE_URL": f"redis://127.0.0.1:{server.port}", **settings}
        # A busy machine is not a cache that is down.
        api = self.api(**{"CACHE_TIMEOUT_MS": "5000", "LEASE_MS": "20000", **settings})
        wait_until(lambda: api.health()["cache"] == "up", "it has reached the cache")
        return api

    def assert_caches(self, api):
        self.assertEqual(["miss", "hit"], [api.get(SPREAD).headers["X-Cache"] for _ in range(2)])


class Ways(SidecarTest):
    def test_tcp(self):
        server = self.sidecar()
        self.assert_caches(self.replica(server))
        self.assertIn('"spread"', server.command("GET", KEY))
        self.assertTrue(1790 <= int(server.command("TTL", KEY)) <= 1800)
        self.assertEqual("0", server.command("EXISTS", "lease:" + KEY))

    def test_unix_socket(self):
        server = self.sidecar("--unixsocket", f"{self.folder}/socket")
        self.assert_caches(self.replica(server, CACHE_URL=f"unix://{self.folder}/socket"))

    def test_tls_of_whom_it_trusts(self):
        certificate, key = f"{self.folder}/tls.pem", f"{self.folder}/tls.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True, timeout=PATIENCE)
        port = free_port()
        server = self.sidecar("--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no")
        self.assertEqual("OK", server.command("CONFIG", "SET", "tls-port", str(port)))
        url = f"rediss://localhost:{port}"
        self.assert_caches(self.replica(server, CACHE_URL=url, CACHE_CA_FILE=certificate))
        for stranger in ({"CACHE_URL": url}, {"CACHE_URL": f"rediss://127.0.0.1:{port}", "CACHE_CA_FILE": certificate}):
            api = self.api(CACHE="sidecar", **stranger)
            self.assertIn("verify", api.wait_for("cache: "))
            self.assertEqual("down", api.health()["cache"])

    def test_password(self):
        server = self.sidecar("--requirepass", "secret")
        self.assert_caches(self.replica(server, CACHE_PASSWORD="secret"))
        stranger = self.api(CACHE="sidecar", CACHE_URL=f"redis://127.0.0.1:{server.port}", CACHE_PASSWORD="wrong")
        self.assertIn("WRONGPASS", stranger.wait_for("cache: "))


class OnceForAll(SidecarTest):
    def test_two_replicas_compute_a_prediction_once(self):
        server = self.sidecar()
        replicas = [self.replica(server, MODEL_MS="300") for _ in range(2)]
        answers = at_once([lambda api=api: api.get(SPREAD) for api in replicas * 4])
        self.assertEqual({200}, {answer.status for answer in answers})
        self.assertEqual(1, len({answer.text for answer in answers}))
        self.assertEqual(1, sum(api.metric("prediction_model_runs_total") for api in replicas))

    def test_who_waits_for_a_lease_whose_holder_died_computes_in_the_end(self):
        server = self.sidecar()
        api = self.replica(server, LEASE_MS="500")
        server.command("SET", "lease:" + KEY, "held", "PX", "600000")
        began = time.monotonic()
        answer = api.get(SPREAD)
        self.assertEqual((200, "miss"), (answer.status, answer.headers["X-Cache"]))
        self.assertGreater(time.monotonic() - began, 0.5)

    def test_who_waits_for_a_lease_that_ends_gets_it(self):
        server = self.sidecar()
        api = self.replica(server)
        server.command("SET", "lease:" + KEY, "held", "PX", "300")
        self.assertEqual("miss", api.get(SPREAD).headers["X-Cache"])
        self.assertIn('"spread"', server.command("GET", KEY))

    def test_a_correction_is_seen_by_all_at_once_and_not_undone_by_a_load_before_it(self):
        server = self.sidecar()
        one, other = (self.replica(server, MODEL_MS="500") for _ in range(2))
        slow = threading.Thread(target=lambda: one.get(SPREAD))
        slow.start()
        wait_until(lambda: one.metric("prediction_model_runs_total") == 1, "the model runs")
        answer = other.ask("PUT", SPREAD, {"value": 7}, {"Authorization": "Bearer " + token()})
        self.assertEqual(200, answer.status)
        slow.join(PATIENCE)
        for api in (one, other):
            self.assertEqual(7, json.loads(api.get(SPREAD).text)["value"])

    def test_a_batch_goes_over_few_connections_in_parallel(self):
        server = self.sidecar()
        api = self.replica(server, CACHE_CONNECTIONS="1")
        wanted = [{"category": "spread", "game": game} for game in range(1, 101)]
        for source in ("miss", "hit"):
            answer = api.ask("POST", "/api/predictions/batch", {"predictions": wanted})
            self.assertEqual((200, source), (answer.status, answer.headers["X-Cache"]))
        self.assertEqual(100, api.metric("prediction_model_runs_total"))


class Down(SidecarTest):
    def test_without_the_cache_it_answers_and_says_so(self):
        api = self.api(CACHE="sidecar", CACHE_URL=f"redis://127.0.0.1:{free_port()}")
        answer = api.get(SPREAD)
        self.assertEqual((200, "bypass"), (answer.status, answer.headers["X-Cache"]))
        health = api.get("/health")
        self.assertEqual(200, health.status)
        self.assertEqual({"status": "degraded", "cache": "down", "database": "up"}, json.loads(health.text))
        self.assertEqual(0, api.metric("prediction_cache_up"))

    def test_without_the_cache_requests_at_the_same_time_share_a_load(self):
        api = self.api(CACHE="sidecar", CACHE_URL=f"redis://127.0.0.1:{free_port()}", MODEL_MS="300")
        at_once([lambda: api.get(SPREAD)] * 4)
        self.assertLess(api.metric("prediction_model_runs_total"), 4)

    def test_it_finds_a_cache_that_comes_back(self):
        server = self.sidecar()
        api = self.replica(server)
        server.end(signal.SIGKILL)
        wait_until(lambda: api.health()["cache"] == "down", "it has seen it")
        self.assertEqual("bypass", api.get(SPREAD).headers["X-Cache"])
        server = self.sidecar(port=server.port)
        wait_until(lambda: api.health()["status"] == "ok", "it has found it")
        self.assert_caches(api)

    def test_a_cache_that_does_not_answer_costs_one_timeout(self):
        server = self.sidecar()
        api = self.replica(server, CACHE_TIMEOUT_MS="300", CACHE_CONNECTIONS="1")
        server.pause()
        self.addCleanup(server.process.send_signal, signal.SIGCONT)
        sources = [api.get(SPREAD).headers["X-Cache"] for _ in range(5)]
        self.assertEqual(["bypass"] * 5, sources)
        self.assertEqual("degraded", api.health()["status"])

    def test_a_server_that_ends_leaves_the_cache(self):
        api = self.replica(self.sidecar())
        self.assertEqual(0, api.end())
